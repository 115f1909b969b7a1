import type { Wait } from '../wait.ts'
import type { LiveWorker } from '../worker.ts'
import type { WakeUp } from './wake-ups.ts'

/** Whose time has come (invariant 7). */
export interface DueStore {
  /** Whether `sweeper` should sweep now. Spares the store needless sweeps; correctness does not rest on it. */
  isMyTurn(sweeper: string): Promise<boolean>
  /** Ids whose time has come, at most `limit` of each partition. One round trip for all partitions. */
  due(now: number, limit: number): Promise<readonly string[]>
  /** Decides by the records; harmless when two sweepers do it at once. Two round trips. */
  settle(taskIds: readonly string[]): Promise<readonly Settled[]>
  /** Moves the due time of a task that only waits. */
  defer(taskId: string, dueAt: number): Promise<void>
  /** Says in the task's status message why nobody takes it, until somebody does. */
  stall(taskId: string, why: Stall): Promise<void>
}

/** What is owed to a task whose time has come. */
export type Settled =
  | ({
      readonly kind: 'wake'
      readonly tool: string
      /** Any worker of its queue can run it. */
      readonly isPinned?: true
    } & WakeUp)
  | ({
      readonly kind: 'waits'
      readonly waits: readonly Wait[]
      /** The tasks above it. */
      readonly ancestors: readonly string[]
    } & WakeUp)
  | { readonly kind: 'removed'; readonly taskId: string }
  /** It has ended, and those above or below it may not know. */
  | { readonly kind: 'owing'; readonly taskId: string }
  /** It has failed just now, since its time is over. */
  | { readonly kind: 'timed_out'; readonly taskId: string }

/** The workers that live, as far as the store has heard. */
export interface WorkerRegistry {
  /** By id. Two round trips. */
  live(): Promise<readonly LiveWorker[]>
}

/** Why nobody takes a task. */
export interface Stall {
  readonly reason: string
  /** Its wake-up waits for whoever comes, so that it need not be looked at soon. */
  readonly isAwaited: boolean
}
