import {
  type Conversation,
  type JsonObject,
  type Message,
  type MessageBlock,
  type QuestionWait,
  toElicitationId,
} from '@longhaul/task'
import type { RpcRequest } from '../json-rpc.ts'
import { toSamplingParams } from '../sampling-params.ts'
import { toForm } from './form.ts'
import { isObject } from './outcome.ts'
import { relatedTo } from './related-task.ts'
import { toRequestId } from './request-id.ts'
import type { Features } from './version.ts'

export interface Shown {
  readonly taskId: string
  readonly wait: QuestionWait
  /** The conversation of a sampling question. */
  readonly conversation?: Conversation
  readonly attempt: number
  /** The task below that asks, and its key there, where it is one. */
  readonly asker?: { readonly taskId: string; readonly key: string }
  /** Whether the client knows of the task: a plain caller does not. */
  readonly isRelated: boolean
  /** Where the client may answer with a task of its own: how long it should keep that, in ms (T45). */
  readonly hostForMs?: number
}

/** A question as the request that a server sends to its client. */
export function toClientRequest(
  { taskId, wait, conversation, attempt, asker, isRelated, hostForMs }: Shown,
  features: Features,
): RpcRequest {
  const { question, key } = wait
  const meta = isRelated ? { _meta: relatedTo(taskId) } : {}
  const augmented = { ...(hostForMs !== undefined && { task: { ttl: hostForMs } }), ...meta }
  const request = { jsonrpc: '2.0', id: toRequestId({ taskId, key, attempt }), method: question.method } as const
  switch (question.method) {
    case 'elicitation/create': {
      const { message } = question
      const asked =
        question.mode === 'url'
          ? {
              mode: 'url',
              message,
              url: question.url,
              elicitationId: toElicitationId(asker?.taskId ?? taskId, asker?.key ?? key),
            }
          : { message, requestedSchema: toForm(question.requestedSchema, features) as never }
      return { ...request, params: { ...asked, ...augmented } }
    }
    case 'roots/list':
      return { ...request, ...(isRelated && { params: meta }) }
    case 'sampling/createMessage':
      if (!conversation) throw new Error('A sampling question is shown with its conversation.')
      return { ...request, params: { ...toParams(conversation, features), ...augmented } }
  }
}

function toParams({ messages, options }: Conversation, features: Features): JsonObject {
  if (features.samplingTools) return toSamplingParams({ messages: messages.map(withObjectsOnly), options })
  const { tools, toolChoice, ...known } = options
  const blocks = messages.flatMap((message) => toSingleBlocks(message, features))
  return { ...known, messages: blocks } as never
}

/** Before 2026 structured content is an object; the content of a result says the same as text. */
const withObjectsOnly = ({ role, content }: Message): Message => ({
  role,
  content: content.map((block) => {
    if (block.type !== 'tool_result' || isObject(block.structuredContent)) return block
    const { structuredContent: _, ...rest } = block
    return rest as MessageBlock
  }),
})

/** Before 2025-11-25 a message has one block of text, image or audio, and there are no tools (P10). */
function toSingleBlocks({ role, content }: Message, { annotations: hasAudio }: Features) {
  const isKnown = ({ type }: MessageBlock) => type === 'text' || type === 'image' || (type === 'audio' && hasAudio)
  return content.filter(isKnown).map((block) => ({ role, content: block }))
}
