import type { Settings } from '@longhaul/task'

/** A claim whose lease is to be kept. */
export interface Hold {
  readonly taskId: string
  readonly runId: string
}

/** As the thread of the lease keeper reads it. */
export interface KnownHold extends Hold {
  /** Whether the claim had been made by then. */
  readonly isClaimed: boolean
}

/** What the thread of the lease keeper is started with. */
export interface LeaseKeeperData {
  readonly url: string
  readonly settings: Settings
  /** Of the table of all that is held. */
  readonly held: SharedArrayBuffer
}

/** What the thread of the tools tells that of the lease keeper: the answer to a ping. */
export interface ToLeaseKeeper {
  readonly kind: 'alive'
}

/** What the thread of the lease keeper tells that of the tools. */
export type FromLeaseKeeper =
  | { readonly kind: 'ready' | 'ping' }
  | { readonly kind: 'renewed'; readonly renewals: readonly Renewal[] }
  | { readonly kind: 'trouble'; readonly message: string }

/** What became of a lease: `records` in the task's journal, or none when the claim is not the task's any more, or not yet. */
export interface Renewal extends KnownHold {
  readonly records: number | undefined
}
