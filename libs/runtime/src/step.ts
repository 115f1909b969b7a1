import type { Json } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { StepHandle, StepOptions } from './context.ts'
import { askAboutDoubt } from './doubt.ts'
import type { StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'

/** Does `body` once, however often the task is run (invariants 3 and 4). */
export function step(
  activation: Activation,
  scope: Scope,
  identity: StepIdentity,
  body: (handle: StepHandle) => unknown,
  { inDoubt = 'repeat', label = `the step '${identity.key}'` }: Pick<StepOptions, 'inDoubt' | 'label'> = {},
): Promise<Json> {
  const begin = (attempt: number) => {
    if (activation.needsIntent(scope, inDoubt)) activation.intend(identity, attempt)
    void activation.work(identity, body)
  }
  return activation.call(scope, identity, () => {
    const intent = activation.journal.intent(identity.key)
    if (!intent || inDoubt === 'repeat') return begin((intent?.attempt ?? 0) + 1)
    const doubt = { step: identity, attempt: intent.attempt, inDoubt, label }
    void askAboutDoubt(activation, scope, doubt).then(
      () => begin(intent.attempt + 1),
      (error: Error) => activation.settle(identity, { type: 'error', error: { message: error.message } }),
    )
  })
}
