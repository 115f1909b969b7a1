import type { Json } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { StepHandle, StepOptions } from './context.ts'
import { askAboutDoubt } from './doubt.ts'
import type { StepIdentity } from './journal.ts'
import { keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'

export interface StepRequest extends StepOptions {
  readonly key: string
  readonly body: (handle: StepHandle) => unknown
}

/** Does `body` once, however often the task is run (invariants 3 and 4). */
export async function step(
  activation: Activation,
  scope: Scope,
  { key, body, kind = 'step', input, inDoubt = 'repeat', label = `the step '${key}'` }: StepRequest,
): Promise<Json> {
  const identity: StepIdentity = { key: keyOf(scope, kind, key), kind, input: hashInput(input) }
  const begin = () => {
    if (activation.mayAttempt(scope, identity, { inDoubt })) void activation.work(identity, body)
  }
  return activation.call(scope, identity, () => {
    const intent = activation.attemptAt(identity, inDoubt)
    if (!intent || inDoubt === 'repeat') return begin()
    void askAboutDoubt(activation, scope, { intent, inDoubt, label }).then(begin, (error: unknown) =>
      activation.fail(identity, error),
    )
  })
}
