import type { ToolResult } from './content.ts'
import type { StepFailure } from './journal.ts'

/**
 * How a task ended, in no era's words: legacy shows a result with `isError` as failed, modern as completed.
 * `error` is a failure that no model should read as an answer; it goes out as a JSON-RPC error.
 */
export type Outcome =
  | { readonly kind: 'result'; readonly result: ToolResult }
  | { readonly kind: 'error'; readonly error: StepFailure }
  | { readonly kind: 'cancelled'; readonly reason: string }
