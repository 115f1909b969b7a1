import type { modern } from '@longhaul/protocol'
import type { JsonObject } from '@longhaul/task'

/** What a method comes to. */
export type Answer =
  | { readonly kind: 'result'; readonly result: JsonObject }
  /** A call whose client waits for the end of its task. */
  | { readonly kind: 'held'; readonly taskId: string; readonly bound: modern.BoundTo }
  | { readonly kind: 'listen'; readonly wanted: Wanted }

/** What a client listens to. */
export interface Wanted {
  readonly toolsListChanged: boolean
  /** Absent where it did not ask for tasks. */
  readonly taskIds?: readonly string[]
}
