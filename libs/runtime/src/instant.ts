import type { Json } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { nextKey, type Scope } from './scope.ts'

/** A value that is made on the spot and stays the same on every later run. */
export function instant(activation: Activation, scope: Scope, kind: 'now' | 'random', make: () => Json): Json {
  if (activation.isOver) return make()
  const identity = { key: nextKey(scope, kind), kind, input: '' }
  activation.use(identity)
  const recorded = activation.journal.outcome(identity.key)?.entry
  if (recorded?.type === 'value') return recorded.value
  const value = make()
  activation.settle(identity, { type: 'value', value })
  activation.touch()
  return value
}
