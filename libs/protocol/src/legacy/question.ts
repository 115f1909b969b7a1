import type { Conversation, Message, MessageBlock, QuestionWait } from '@longhaul/task'
import type { RpcRequest } from '../json-rpc.ts'
import { toSamplingParams } from '../sampling-params.ts'
import { toForm } from './form.ts'
import { relatedTo } from './related-task.ts'
import { toRequestId } from './request-id.ts'
import type { Features } from './version.ts'

export interface Shown {
  readonly taskId: string
  readonly wait: QuestionWait
  /** The conversation of a sampling question. */
  readonly conversation?: Conversation
  readonly attempt: number
  /** Whether the client knows of the task: a plain caller does not. */
  readonly isRelated: boolean
}

/** A question as the request that a server sends to its client. */
export function toClientRequest(
  { taskId, wait, conversation, attempt, isRelated }: Shown,
  features: Features,
): RpcRequest {
  const { question, key } = wait
  const meta = isRelated ? { _meta: relatedTo(taskId) } : {}
  const request = { jsonrpc: '2.0', id: toRequestId({ taskId, key, attempt }), method: question.method } as const
  if (question.method === 'elicitation/create') {
    const { message, requestedSchema } = question
    return { ...request, params: { message, requestedSchema: toForm(requestedSchema, features) as never, ...meta } }
  }
  if (!conversation) throw new Error('A sampling question is shown with its conversation.')
  if (features.samplingTools) return { ...request, params: { ...toSamplingParams(conversation), ...meta } }
  const { messages, options } = conversation
  const { tools, toolChoice, ...known } = options
  const blocks = messages.flatMap((message) => toSingleBlocks(message, features))
  return { ...request, params: { ...known, messages: blocks, ...meta } as never }
}

/** Before 2025-11-25 a message has one block of text, image or audio, and there are no tools (P10). */
function toSingleBlocks({ role, content }: Message, { annotations: hasAudio }: Features) {
  const isKnown = ({ type }: MessageBlock) => type === 'text' || type === 'image' || (type === 'audio' && hasAudio)
  return content.filter(isKnown).map((block) => ({ role, content: block }))
}
