import type { Activation } from './activation.ts'
import { deadlineAfter } from './deadline.ts'
import type { StepIdentity } from './journal.ts'
import { keyOf, type Scope } from './scope.ts'

/** A timer; while the task only waits for it, nothing is held. */
export async function sleep(
  activation: Activation,
  scope: Scope,
  { ms, key }: { readonly ms: number; readonly key?: string },
): Promise<void> {
  const deadline = deadlineAfter(ms)
  const identity: StepIdentity = { key: keyOf(scope, 'sleep', key), kind: 'sleep', input: '' }
  await activation.steps.call(scope, identity, () => activation.steps.open(identity, { wait: 'timer', deadline }))
}
