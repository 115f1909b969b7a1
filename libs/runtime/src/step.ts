import type { Json } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { CALL_OF_TOOL, pursue } from './attempts.ts'
import type { StepHandle, StepOptions } from './context.ts'
import type { StepIdentity } from './journal.ts'
import { toPolicy } from './retry-policy.ts'
import { keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'
import { toTimeLimit } from './timers.ts'

export interface StepRequest extends StepOptions {
  readonly key: string
  readonly body: (handle: StepHandle) => unknown
}

/** Does `body` once, however often the task is run (invariants 3 and 4). */
export async function step(
  activation: Activation,
  scope: Scope,
  {
    key,
    body,
    kind = 'step',
    input,
    inDoubt = 'repeat',
    label = `the step '${key}'`,
    retry,
    timeoutMs,
    isToolCall,
  }: StepRequest,
): Promise<Json> {
  const { settings } = activation
  const policy = toPolicy(retry, settings)
  const limit = toTimeLimit(timeoutMs, { ms: settings.stepTimeoutMs, setBy: 'LONGHAUL_STEP_TIMEOUT_MS' })
  const identity: StepIdentity = { key: keyOf(scope, kind, key), kind, input: hashInput(input) }
  return activation.steps.call(scope, identity, () => {
    void pursue(activation, scope, {
      ...{ step: identity, inDoubt, label, policy, isPolicyDeclared: retry !== undefined },
      ...(isToolCall && { spends: CALL_OF_TOOL }),
      attempt: (attempt) => activation.bodies.attempt({ scope, step: identity, label, attempt, limit, body }),
    })
  })
}
