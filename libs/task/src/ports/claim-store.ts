import type { JournalEntry } from '../journal.ts'
import type { JsonObject } from '../json.ts'
import type { Progress, TaskHead } from '../task.ts'
import type { Wait } from '../wait.ts'
import type { Ledger } from './ledger.ts'

/** Who has a task in hand (invariant 5). */
export interface ClaimStore {
  /** The definition that `head.pinned` of a task names. One round trip. */
  readPin(taskId: string, hash: string): Promise<string | undefined>
  claim(taskId: string, by: Claimant): Promise<Claimed | NotClaimed>
  /**
   * Prolongs the leases of claims. One round trip.
   * @returns for each how many records its journal has; undefined where it is lost (cancelled, or taken over), or not
   *   made yet.
   */
  renew(
    runs: readonly { readonly taskId: string; readonly runId: string }[],
    leaseMs: number,
  ): Promise<readonly (number | undefined)[]>
  /** After the store lost its newest records: which claims are lost with them. The others go on as if nothing was. */
  carryOver(claims: readonly HeldClaim[]): Promise<{ readonly lost: readonly string[] }>
}

/** Who claims a task. */
export interface Claimant {
  readonly worker: string
  readonly leaseMs: number
  /** Name of the claim, unique; chosen by who keeps its lease from the first moment on, else random. */
  readonly runId?: string
  /** Runs nothing else in its process, so that whatever ends that was the task itself. */
  readonly isAlone?: boolean
}

export interface Claimed {
  readonly kind: 'claimed'
  readonly ledger: Ledger
  readonly token: string
  readonly runId: string
  readonly head: TaskHead
  readonly args: JsonObject
  readonly journal: readonly JournalEntry[]
  readonly waits: readonly Wait[]
  readonly progress?: Progress
  readonly clock: ClockState
  /** The activation before this one ended without a word: what it had begun is in doubt. */
  readonly interrupted: boolean
  /**
   * The newest incarnation of the store that has begun since the task did. It had lost its newest records by then, so
   * what was done before may be missing in the journal.
   */
  readonly amnesia?: number
}

/**
 * `busy`: a live lease holds the task; its holder was told to look again before it suspends. `suspect`: workers died
 * with it, so that only a claimant that is alone may have it. `dead`: too many did, and it has failed now.
 */
export type NotClaimed =
  | { readonly kind: 'busy' | 'over' }
  | { readonly kind: 'suspect'; readonly head: TaskHead }
  | { readonly kind: 'dead'; readonly deaths: number }

/** A claim as its holder knows it. */
export interface HeldClaim {
  readonly taskId: string
  readonly token: string
  /** Journal records that it counts on. */
  readonly known: number
}

/** How a task stands with its time, which does not go on while it waits for people. Unix ms and ms. */
export interface ClockState {
  /** Waited for people so far, what they are asked now not included. */
  readonly waitedMs: number
  /** Since when they are asked something. */
  readonly askedAt?: number
  /** When its time is over, were it not for `waitedMs`; absent when it may take any time. */
  readonly endsAt?: number
}
