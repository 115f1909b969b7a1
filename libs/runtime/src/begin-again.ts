import type { ErrorMarks } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { pursue } from './attempts.ts'
import type { StepIdentity } from './journal.ts'
import { never } from './never.ts'
import { pauseMs, toPolicy } from './retry-policy.ts'
import type { Scope } from './scope.ts'

export interface BeginAgain {
  readonly step: StepIdentity
  readonly begin: () => void
  /** Why it should not begin yet; undefined where it may. */
  readonly whyNotYet: () => Promise<string | undefined>
}

/**
 * Begins a call that was made before, once what came of that is not being undone any more: the undoing could take back
 * what the new one does. Until then the step is put off, later and later, and nothing is held in between.
 */
export async function beginAgain(
  activation: Activation,
  scope: Scope,
  { step, begin, whyNotYet }: BeginAgain,
): Promise<void> {
  const policy = toPolicy(undefined, activation.settings)
  await pursue(activation, scope, {
    ...{ step, inDoubt: 'repeat', label: `the call '${step.key}'`, policy, isPolicyDeclared: true },
    attempt: async (number) => {
      const why = await activation.atWork.during(whyNotYet())
      if (activation.life.isOver || scope.over?.aborted) return never()
      if (why !== undefined) return { kind: 'error', error: putOff(why, pauseMs(policy, number)) }
      begin()
      return undefined
    },
  })
}

const putOff = (why: string, retryAfterMs: number): Error =>
  Object.assign(new Error(why), { isDeferred: true, retryAfterMs } satisfies ErrorMarks)
