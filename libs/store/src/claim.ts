import type { TaskHead } from '@longhaul/task'
import type { JournalCache, KnownTask } from './journal-cache.ts'

/** A claim that was made. */
export interface Claim {
  readonly taskId: string
  readonly token: string
  readonly head: TaskHead
  /** As it was claimed; its journal grows with what this claim writes and learns. */
  readonly known: KnownTask
  /** Keeps what is known for the next claim of this process. */
  readonly cache: JournalCache
  /** Told of a write that came too late: the claim is not the newest any more. */
  readonly onRefused: () => void
}
