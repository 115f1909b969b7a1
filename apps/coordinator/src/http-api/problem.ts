import { STATUS_CODES } from 'node:http'
import { RpcError } from '@longhaul/protocol'
import { type ErrorCode, LonghaulError } from '@longhaul/task'
import { Refusal } from '../guards/refusal.ts'
import { toRefusal } from '../http-error.ts'

/** What a request that failed is answered with (RFC 9457). */
export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly title: string; readonly status: number; readonly detail: string; readonly code: string }
}

const STATUSES: Readonly<Record<ErrorCode, number>> = {
  task_not_found: 404,
  task_finished: 409,
  task_not_retriable: 409,
  task_not_steerable: 409,
  tool_not_found: 422,
  prompt_not_found: 422,
  resource_not_found: 422,
  arguments_invalid: 422,
  submission_invalid: 422,
  idempotency_conflict: 422,
  too_many_tasks: 429,
  too_many_messages: 429,
  answer_invalid: 422,
  answer_exhausted: 422,
  question_not_open: 409,
  cursor_invalid: 400,
  client_cannot_answer: 422,
  too_large: 413,
  store_unavailable: 503,
}

/** What was not there a moment ago may be now; a cache would say for longer that it is not. */
const HEADERS = { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' }

/** Statuses after which the same request may be answered, and in how many seconds. */
const RETRY_AFTER_S: Readonly<Record<number, string>> = { 429: '1', 503: '1' }

export function toProblem(error: unknown, { maxBodyBytes }: { readonly maxBodyBytes: number }): Problem {
  if (error instanceof LonghaulError) {
    const { code, message, data } = error
    return build(STATUSES[code], message, { code, headers: retryAfterIn(data) })
  }
  // A body that cannot be read.
  if (error instanceof RpcError) return build(400, error.message)
  const refusal = error instanceof Refusal ? error : toRefusal(error, maxBodyBytes)
  if (!refusal) return build(500, 'Something went wrong here; the log of the coordinator says what.')
  return build(refusal.status, refusal.message, { headers: refusal.headers })
}

/** What an error says itself of when it is worth trying again. */
function retryAfterIn(data: unknown): Problem['headers'] {
  const { retryAfterMs } = (data ?? {}) as { readonly retryAfterMs?: number }
  return retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
}

function build(
  status: number,
  detail: string,
  { code, headers = {} }: { readonly code?: string; readonly headers?: Problem['headers'] } = {},
): Problem {
  const title = STATUS_CODES[status] ?? 'Error'
  const retryAfter = RETRY_AFTER_S[status]
  return {
    status,
    headers: { ...HEADERS, ...(retryAfter !== undefined && { 'retry-after': retryAfter }), ...headers },
    body: { title, status, detail, code: code ?? title.toLowerCase().replaceAll(/\W+/g, '_') },
  }
}
