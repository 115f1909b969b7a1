import { type Amounts, type InDoubt, ONE_TOOL_CALL, type Said, type StepFailure } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { Made } from './bodies.ts'
import { deadlineAfter } from './deadline.ts'
import { askAboutDoubt } from './doubt.ts'
import { isOutcomeUnknown, toFailure } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import { reserve, resumeWait, waitForRoom } from './reserve.ts'
import { isRetried, pauseMs, type RetryPolicy } from './retry-policy.ts'
import { type Deferrals, toRetryRecord } from './retry-record.ts'
import type { Scope } from './scope.ts'
import { retryKey } from './step-key.ts'

/** What the call of a tool takes. */
export const CALL_OF_TOOL: Spends = {
  most: () => ONE_TOOL_CALL,
  spent: () => ONE_TOOL_CALL,
  failed: () => ONE_TOOL_CALL,
}

/** Something outside that is done until it has an outcome. */
export interface Effect {
  readonly step: StepIdentity
  readonly inDoubt: InDoubt
  /** How a person is told of it, for example `the step 'pay'`. */
  readonly label: string
  readonly policy: RetryPolicy
  /** Whether whoever wrote the step asked for retries. */
  readonly isPolicyDeclared: boolean
  /** Only a tool that has used its context is not: it is replayed, and its own steps know what to do. */
  readonly isOpaque?: () => boolean
  /** Makes one attempt, the number of which is from 1. Undefined when nothing is to be recorded of it here. */
  readonly attempt: (number: number) => Promise<Made | undefined>
  /** What a model step had added to its conversation when its last attempt was made. */
  readonly said?: () => Said
  /** Absent where it counts in no budget. */
  readonly spends?: Spends
}

/** What an effect takes of budgets. */
export interface Spends {
  /** The most that one attempt may take. @throws Error when nobody knows */
  readonly most: () => Amounts
  /** What it took that came to `value`. */
  readonly spent: (value: unknown) => Amounts
  /** What an attempt took that failed. */
  readonly failed: (error: unknown) => Amounts
}

/**
 * Does an effect until it has an outcome, and records that; or as far as it may be done here. Attempts that failed and
 * are made again, and attempts in doubt, are on record as waits of their own: whoever goes on counts from them.
 */
export async function pursue(activation: Activation, scope: Scope, effect: Effect): Promise<void> {
  const { step, inDoubt, label, said, isOpaque = () => true } = effect
  const spends = activation.isBudgeted ? effect.spends : undefined
  const { journal } = activation
  const failed = journal.failedAttempts(step.key)
  const begun = isOpaque() ? activation.attempts.openAttempt(step, inDoubt) : undefined
  try {
    if (begun && inDoubt !== 'repeat') await askAboutDoubt(activation, scope, { intent: begun, inDoubt, label })
    else if (failed > 0) await backOff(activation, scope, step, failed)

    if (spends) await resumeWait(activation, scope, step)
    for (;;) {
      const number = Math.max(journal.failedAttempts(step.key), journal.attempt(step.key)) + 1
      if (isOpaque() && !activation.bodies.mayAttempt(scope, step, { inDoubt, attempt: number })) return
      if (spends && isOpaque()) {
        const most = spends.most()
        const shortage = await reserve(activation, { step, most })
        if (shortage) {
          // On record it has not begun: to wait for room may take days, and workers.
          activation.attempts.withdraw(step)
          await waitForRoom(activation, scope, { step, most, shortage })
          continue
        }
      }
      const made = await effect.attempt(number)
      if (!made) return
      if (made.kind === 'value') {
        activation.steps.succeed(step, made.value, said?.())
        if (spends) activation.steps.settle(step, spends.spent(made.value))
        return
      }
      if (spends) activation.steps.settle(step, spends.failed(made.error))
      if (!isOpaque()) throw made.error
      await again(activation, scope, { effect, number, error: made.error })
    }
  } catch (error) {
    activation.steps.fail(step, error)
  }
}

interface FailedAttempt {
  readonly effect: Effect
  readonly number: number
  readonly error: unknown
}

/** Resolves when the next attempt should be made. @throws what the step fails with when none should */
async function again(activation: Activation, scope: Scope, { effect, number, error }: FailedAttempt): Promise<void> {
  const { step, inDoubt, label, policy, isPolicyDeclared } = effect
  const failure = toFailure(error)
  const intent = activation.journal.intent(step.key)
  // It is on record, since it is not to be repeated silently.
  if (intent && isOutcomeUnknown(error) && inDoubt !== 'repeat')
    return askAboutDoubt(activation, scope, { intent, inDoubt, label, cause: failure.message })
  const { count, since = Date.now() } = activation.journal.deferrals(step.key)
  if (failure.isDeferred && failure.retryAfterMs !== undefined) {
    if (Date.now() - since >= activation.settings.rateLimitPatienceMs) throw error
    const deferrals = { count: count + 1, since }
    activation.tellWhy(`${failure.message} The step '${step.key}' is put off.`)
    return backOff(activation, scope, step, number, { failure, deferrals, ms: failure.retryAfterMs })
  }
  const made = number - activation.journal.withdrawnAttempts(step.key) - count
  if (made >= policy.maxAttempts || !isRetried(failure, isPolicyDeclared)) throw error
  return backOff(activation, scope, step, number, { failure, deferrals: { count }, ms: pauseMs(policy, made, failure) })
}

interface Pause {
  readonly failure: StepFailure
  readonly deferrals: Deferrals
  readonly ms: number
}

/** Waits like on a timer, whose record says that the attempt failed and why. `pause`: where it begins just now. */
async function backOff(
  activation: Activation,
  scope: Scope,
  step: StepIdentity,
  attempt: number,
  pause?: Pause,
): Promise<void> {
  const identity: StepIdentity = { key: retryKey(step.key, attempt), kind: 'retry', input: '' }
  await activation.steps.call(scope, identity, () => {
    if (!pause) throw new Error(`Attempt ${attempt} of '${step.key}' is not on record.`)
    const value = toRetryRecord(attempt, pause.failure, pause.deferrals)
    activation.steps.open(identity, { wait: 'timer', deadline: deadlineAfter(pause.ms), value })
  })
}
