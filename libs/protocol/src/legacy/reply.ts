import type { Answer, MessageBlock, QuestionWait, Reply, StepFailure } from '@longhaul/task'
import { CreateMessageResultWithToolsSchema, ElicitResultSchema } from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import type { RpcResponse } from '../json-rpc.ts'
import { describeFaults } from './faults.ts'

/** What a client's JSON-RPC response says to a question (P5, P11, P27). */
export function parseReply(method: QuestionWait['question']['method'], { result, error }: RpcResponse): Reply {
  if (error) return { kind: 'refusal', failure: toRefusal(method, error) }
  return method === 'elicitation/create' ? parseElicitation(result) : parseSampling(result)
}

function parseElicitation(result: unknown): Reply {
  const parsed = ElicitResultSchema.safeParse(result)
  if (!parsed.success) return malformed(parsed.error)
  const { action, content } = parsed.data
  return { kind: 'answer', answer: { action, ...(content && { content }) } }
}

function parseSampling(result: unknown): Reply {
  const parsed = CreateMessageResultWithToolsSchema.safeParse(result)
  if (!parsed.success) return malformed(parsed.error)
  const { model, role, content, stopReason } = parsed.data
  if (role !== 'assistant') return { kind: 'malformed', reason: 'role: a model answers as assistant' }
  const blocks = (Array.isArray(content) ? content : [content]) as unknown as readonly MessageBlock[]
  const answer: Answer = { model, role, content: blocks, ...(stopReason && { stopReason }) }
  return { kind: 'answer', answer }
}

const malformed = (error: z.core.$ZodError): Reply => ({ kind: 'malformed', reason: describeFaults(error) })

/** The code a client answers with when its user rejects a sampling request. */
const USER_REJECTED = -1

/** The error is what a client sent, so that its members may be anything. */
function toRefusal(method: string, { code, message, data }: NonNullable<RpcResponse['error']>): StepFailure {
  const who = code === USER_REJECTED ? 'The user of the client rejected the request' : `The client refused ${method}`
  return {
    message: typeof message === 'string' && message !== '' ? `${who}: ${message}` : `${who}, without a reason.`,
    ...(Number.isSafeInteger(code) && { code }),
    ...(data !== undefined && { data: data as never }),
  }
}
