import type { InDoubt } from '@longhaul/task'

/** The part of a task that one tool runs in: the task itself, or a tool that it runs inside. */
export interface Scope {
  /** What the keys of its steps start with: empty, or `key/` of the tool's call. */
  readonly prefix: string
  /** What becomes of the tool's call when it is interrupted before it has left a trace. */
  readonly inDoubt: InDoubt
  /** Calls of its context that it has not heard of yet. */
  pending: number
  /** Calls so far of each kind that got their key by number. */
  readonly counts: Map<string, number>
}

export const createScope = (prefix: string, inDoubt: InDoubt): Scope => ({
  prefix,
  inDoubt,
  pending: 0,
  counts: new Map(),
})

/** The key of the next call of `kind` in order, for example `elicit#2`. */
export function nextKey(scope: Scope, kind: string): string {
  const count = (scope.counts.get(kind) ?? 0) + 1
  scope.counts.set(kind, count)
  return `${scope.prefix}${kind}#${count}`
}
