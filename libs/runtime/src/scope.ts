import type { InDoubt, Progress } from '@longhaul/task'
import { checkKey } from './step-key.ts'

/** The part of a task that one tool runs in: the task itself, or a tool that it runs inside. */
export interface Scope {
  /** What the keys of its steps start with: empty, or `key/` of the tool's call. */
  readonly prefix: string
  /** Of a key that its code chooses. */
  readonly mostKeyCharacters: number
  /** What becomes of the tool's call when it is interrupted before it has left a trace. */
  readonly inDoubt: InDoubt
  /** Where it says how far it is. */
  readonly report: (progress: Progress) => void
  /**
   * Aborts when the time of the tool is over, or of one that it runs in: nothing is heard and nothing begins then. Absent
   * where they may take any time.
   */
  readonly over?: AbortSignal
  /** Absent where the tool may take any time. */
  readonly end?: (reason: unknown) => void
  /** Calls of its context that it has not heard of yet. */
  pending: number
  /** What is on record of it is of other code than runs now, at least in part. */
  readonly isOtherCode: boolean
  /** Then nothing new begins before the code has come to all of that; until it was found that it has. */
  mustFit: boolean
  /** Calls so far of each kind that got their key by number. */
  readonly counts: Map<string, number>
}

interface ScopeLimits {
  readonly around?: Scope
  readonly isLimited?: boolean
  readonly isOtherCode?: boolean
}

/** @param limits `around`: what it runs in, if anything; `isLimited`: whether its time can be over */
export function createScope(
  { prefix, mostKeyCharacters, inDoubt, report }: Pick<Scope, 'prefix' | 'mostKeyCharacters' | 'inDoubt' | 'report'>,
  { around, isLimited = false, isOtherCode = false }: ScopeLimits = {},
): Scope {
  const own = isLimited ? new AbortController() : undefined
  const signals = [around?.over, own?.signal].filter((signal) => signal !== undefined)
  return {
    prefix,
    mostKeyCharacters,
    inDoubt,
    report,
    ...(signals.length > 0 && { over: AbortSignal.any(signals) }),
    ...(own && { end: (reason: unknown) => own.abort(reason) }),
    pending: 0,
    isOtherCode,
    mustFit: isOtherCode,
    counts: new Map(),
  }
}

/** The full key of a call: the one that its code chose, else the next of its name, for example `elicit#2`. @throws Error */
export function keyOf(scope: Scope, name: string, chosen?: string): string {
  if (chosen !== undefined) return scope.prefix + checkKey(chosen, scope.mostKeyCharacters)
  const count = (scope.counts.get(name) ?? 0) + 1
  scope.counts.set(name, count)
  return `${scope.prefix}${name}#${count}`
}
