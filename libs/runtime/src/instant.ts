import type { Json } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { keyOf, type Scope } from './scope.ts'

/** A value that is made on the spot and stays the same on every later run. It is saved before anything is done with it. */
export function instant(
  activation: Activation,
  scope: Scope,
  kind: 'now' | 'random' | 'elapsed',
  make: () => Json,
): Json {
  if (activation.life.isOver || scope.over?.aborted) return make()
  const identity = { key: keyOf(scope, kind), kind, input: '' }
  activation.steps.use(identity)
  const recorded = activation.journal.outcome(identity.key)
  activation.calls.pass(recorded)
  if (recorded?.entry.type === 'value') return recorded.entry.value
  const value = make()
  activation.steps.succeed(identity, value)
  return value
}
