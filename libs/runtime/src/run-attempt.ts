import { Attempt } from './attempt.ts'
import type { StepHandle } from './context.ts'
import { TimeoutError } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'
import type { TimeLimit, Timers } from './timers.ts'
import { unlessAborted } from './unless-aborted.ts'

/** One attempt of a step. */
export interface Work {
  readonly scope: Scope
  readonly step: StepIdentity
  /** How a person is told of it. */
  readonly label: string
  /** From 1. */
  readonly attempt: number
  readonly limit: TimeLimit
  /** It takes what was sent to the task. */
  readonly isSteerable?: boolean
  readonly body: (handle: StepHandle) => unknown
}

/** What an attempt needs of its activation. */
export interface Surroundings {
  readonly idempotencyKey: string
  /** Aborts when the activation ends. Made when it is asked for. */
  readonly signal: () => AbortSignal
  readonly timers: Timers
}

/** Runs a body within its time, and that of the tools that it is in. What comes of it later is nobody's business. */
export async function runAttempt(
  { scope, label, attempt, limit: { ms, setBy }, body }: Work,
  { idempotencyKey, signal, timers }: Surroundings,
): Promise<unknown> {
  if (ms === 0 && !scope.over) return body(new Attempt(idempotencyKey, attempt, signal))
  const controller = new AbortController()
  const onOver = () => controller.abort(new TimeoutError(label, ms, setBy))
  const clear = ms === 0 ? () => {} : timers.add(Date.now() + ms, onOver)
  const over = scope.over ? AbortSignal.any([scope.over, controller.signal]) : controller.signal
  const either = () => AbortSignal.any([signal(), over])
  const done = (async () => body(new Attempt(idempotencyKey, attempt, either)))()
  return unlessAborted(over, done).finally(clear)
}
