import type { Activation } from './activation.ts'
import type { StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'
import { timeoutKey } from './step-key.ts'

export interface LimitedCall {
  /** What the call is made in. */
  readonly scope: Scope
  readonly step: StepIdentity
  readonly timeoutMs: number
  /** Called when the call has taken so long. */
  readonly onOver: () => void
}

/**
 * Begins the time that a call of a tool inside may take, or goes on with it. It is a timer of the task, so that it is on
 * record when it began, and it also comes to its end while the tool itself waits for something. A timer that ends while
 * people are asked, or after they were, is followed by one for the rest.
 * @returns how to end it, once the call has an outcome
 */
export function limitCall(activation: Activation, { scope, step, timeoutMs, onOver }: LimitedCall): () => void {
  const { clock, journal } = activation
  let timer: StepIdentity | undefined
  let isOver = false

  const watch = async () => {
    let leftMs = timeoutMs
    for (let number = Math.max(journal.timeouts(step.key), 1); !isOver; number++) {
      const identity: StepIdentity = { key: timeoutKey(step.key, number), kind: 'timeout', input: '' }
      timer = identity
      const endsAtMs = await activation.steps.call(scope, identity, () =>
        activation.steps.open(identity, {
          wait: 'timer',
          deadline: Date.now() + leftMs,
          value: clock.elapsedMs() + leftMs,
        }),
      )
      timer = undefined
      leftMs = Number(endsAtMs) - clock.elapsedMs()
      if (!isOver && leftMs <= 0) return onOver()
      await clock.running()
    }
  }
  // Where there is no room for a timer the call goes on without.
  watch().catch(() => {})
  return () => {
    isOver = true
    if (timer && journal.wait(timer.key)) activation.steps.succeed(timer, null)
  }
}
