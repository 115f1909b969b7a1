/**
 * What can be wrong with what somebody asks of the engine. Each edge maps the code to its own words
 * (JSON-RPC error, HTTP status, exit code); the message says what to do.
 */
export const ERROR_CODES = [
  'task_not_found',
  'task_finished',
  'task_not_retriable',
  'task_not_steerable',
  'tool_not_found',
  'prompt_not_found',
  'resource_not_found',
  'arguments_invalid',
  'submission_invalid',
  'idempotency_conflict',
  'too_many_tasks',
  'too_many_messages',
  'answer_invalid',
  'answer_exhausted',
  'question_not_open',
  'cursor_invalid',
  'client_cannot_answer',
  'too_large',
  'store_unavailable',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

export class LonghaulError extends Error {
  readonly code: ErrorCode
  readonly data: unknown
  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { data?: unknown }) {
    super(message, options)
    this.name = 'LonghaulError'
    this.code = code
    this.data = options?.data
  }
}

/** One message for unknown, foreign and removed ids: without a right to it, a task does not exist. */
export const taskNotFound = (): LonghaulError => new LonghaulError('task_not_found', 'Task not found')
