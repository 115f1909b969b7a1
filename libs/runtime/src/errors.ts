import type { Json, StepFailure } from '@longhaul/task'

/** What a failed step throws, live and on replay alike. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly step: string
  readonly code: number | undefined
  readonly data: Json | undefined

  constructor(step: string, failure: StepFailure) {
    super(failure.message)
    this.step = step
    this.code = failure.code
    this.data = failure.data
  }
}

/**
 * Thrown by a tool, fails its task with this JSON-RPC error. Any other error becomes a result with `isError`,
 * which the model that called the tool can read.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: number
  readonly data: Json | undefined

  constructor(code: number, message: string, data?: Json) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The code no longer does what the journal says it did (invariant 3). Fails the task, whoever catches it. */
export class JournalMismatch extends Error {
  override readonly name = 'JournalMismatch'
}

/** The task has taken more steps than any task may. Fails it, whoever catches it. */
export class JournalLimit extends Error {
  override readonly name = 'JournalLimit'
}

/** Internal error of JSON-RPC. */
const INTERNAL = -32603

export function toFailure(error: unknown): StepFailure {
  if (error instanceof ProtocolError || error instanceof StepError) {
    const { message, code, data } = error
    return { message, ...(code !== undefined && { code }), ...(data !== undefined && { data }) }
  }
  return { message: messageOf(error) }
}

/** Whether `cause` is what an error is, or comes from. */
export function hasCause(error: unknown, cause: unknown): boolean {
  const seen = new Set<unknown>()
  for (let one = error; one !== undefined && !seen.has(one); one = one instanceof Error ? one.cause : undefined) {
    if (one === cause) return true
    seen.add(one)
  }
  return false
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What a task fails with that ended in no result, or undefined when the error is a result for the caller's model. */
export function toRpcFailure(error: unknown): StepFailure | undefined {
  if (error instanceof ProtocolError) return toFailure(error)
  if (error instanceof JournalMismatch) return { code: INTERNAL, message: `journal_mismatch: ${error.message}` }
  return error instanceof JournalLimit ? { code: INTERNAL, message: `journal_limit: ${error.message}` } : undefined
}
