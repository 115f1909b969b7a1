import type { ErrorMarks, FailureMarks, Json, StepFailure, StepKind } from '@longhaul/task'
import { BudgetExhausted } from './budget-limit.ts'

/** What a failed step throws, live and on replay alike. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly step: string
  readonly code: number | undefined
  readonly data: Json | undefined
  /** It was given more than it takes, as a conversation that is longer than its model takes: with less it may succeed. */
  readonly isTooLong: boolean

  constructor(step: string, failure: StepFailure) {
    super(failure.message)
    this.step = step
    this.isTooLong = failure.isTooLong === true
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

/** Thrown in a step: the same may succeed later. The step is tried again, under its own policy or the default one. */
export class RetryableError extends Error implements FailureMarks {
  override readonly name = 'RetryableError'
  readonly retryable = true
  readonly retryAfterMs?: number

  /** @param options `retryAfterMs`: how long to wait at least, for example what a receiver said in Retry-After */
  constructor(message: string, { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options)
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/** Thrown in a step: trying again is of no use, whatever the step's policy says. */
export class NonRetryableError extends Error implements FailureMarks {
  override readonly name = 'NonRetryableError'
  readonly retryable = false
}

/**
 * Thrown in a step: it was begun, and nobody knows whether it took effect. The message says so. What becomes of it is
 * what becomes of a step whose worker was lost: it follows its `inDoubt`.
 */
export class OutcomeUnknownError extends Error implements ErrorMarks {
  override readonly name: string = 'OutcomeUnknownError'
  readonly isOutcomeUnknown = true
}

/** Something took longer than it may. */
export class TimeoutError extends OutcomeUnknownError {
  override readonly name = 'TimeoutError'

  /** @param setBy what to change where the time is too short */
  constructor(label: string, ms: number, setBy: string) {
    const what = label.charAt(0).toUpperCase() + label.slice(1)
    super(`${what} did not end within ${ms} ms (${setBy}); it is not known whether it took effect.`)
  }
}

/** Thrown by a tool that has failed, and has undone what it had done: a retry of its task begins from the start. */
export class UndoneError extends Error {
  override readonly name = 'UndoneError'
}

/** The code no longer does what the journal says it did (invariant 3). Fails the task, whoever catches it. */
export class JournalMismatch extends Error {
  override readonly name = 'JournalMismatch'
  /** Key of the step on record that it does not fit. */
  readonly expected: string

  /** @param came what the code came to instead */
  constructor({ key, kind }: { readonly key: string; readonly kind: StepKind }, came: string) {
    super(
      `expected ${describeStep({ key, kind })}, which is on record, and came to ${came}. Has the code changed under a ` +
        'running task? A retry begins with the last step before that.',
    )
    this.expected = key
  }
}

export const describeStep = ({ key, kind }: { readonly key: string; readonly kind: StepKind }): string =>
  `the step '${key}' (${kind})`

/** The task has taken more steps than any task may. Fails it, whoever catches it. */
export class JournalLimit extends Error {
  override readonly name = 'JournalLimit'
}

/** Internal error of JSON-RPC. */
const INTERNAL = -32603

export function toFailure(error: unknown): StepFailure {
  if (error instanceof BudgetExhausted) return { message: error.message, data: error.data }
  if (error instanceof ProtocolError || error instanceof StepError) return { ...withCode(error), ...marksOf(error) }
  return { message: messageOf(error), ...marksOf(error) }
}

const withCode = ({ message, code, data }: ProtocolError | StepError): StepFailure => ({
  message,
  ...(code !== undefined && { code }),
  ...(data !== undefined && { data }),
})

/** Whether `cause` is what an error is, or comes from. */
export function hasCause(error: unknown, cause: unknown): boolean {
  const seen = new Set<unknown>()
  for (let one = error; one !== undefined && !seen.has(one); one = one instanceof Error ? one.cause : undefined) {
    if (one === cause) return true
    seen.add(one)
  }
  return false
}

/** By what they carry, not by their class: errors of other libraries say it in the same way. */
function marksOf(error: unknown): FailureMarks {
  if (!(error instanceof Error)) return {}
  const { retryable, retryAfterMs, isDeferred, isTooLong } = error as FailureMarks
  const isTime = Number.isSafeInteger(Math.ceil(retryAfterMs ?? Number.NaN)) && (retryAfterMs ?? -1) >= 0
  return {
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(isTime && { retryAfterMs }),
    ...(isDeferred === true && isTime && { isDeferred }),
    ...(isTooLong === true && { isTooLong }),
  }
}

export const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof Error && (error as ErrorMarks).isOutcomeUnknown === true

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  // Of all errors that have a cause only these say nothing without it; what others keep to themselves is theirs.
  if (message !== 'fetch failed' || !(cause instanceof Error)) return message
  return `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`
}

/** What a task fails with that ended in no result, or undefined when the error is a result for the caller's model. */
export function toRpcFailure(error: unknown): StepFailure | undefined {
  if (error instanceof ProtocolError) return withCode(error)
  if (error instanceof JournalMismatch) return { code: INTERNAL, message: `journal_mismatch: ${error.message}` }
  return error instanceof JournalLimit ? { code: INTERNAL, message: `journal_limit: ${error.message}` } : undefined
}

/** How deep it is looked into an error for what caused it. */
const DEPTH = 10

/** Keys of the steps whose failures an error is, or says that it was caused by. */
export function failedStepsOf(error: unknown, depth = DEPTH): string[] {
  if (error instanceof StepError) return [error.step]
  if (depth === 0) return []
  if (error instanceof AggregateError) return error.errors.flatMap((inner) => failedStepsOf(inner, depth - 1))
  return error instanceof Error ? failedStepsOf(error.cause, depth - 1) : []
}
