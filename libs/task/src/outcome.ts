import type { ToolResult } from './content.ts'
import type { StepFailure } from './journal.ts'

/**
 * How a task ended, in no era's words: legacy shows a result with `isError` as failed, modern as completed.
 * `error` is a failure that no model should read as an answer; it goes out as a JSON-RPC error.
 */
export type Outcome =
  | ({
      readonly kind: 'result'
      readonly result: ToolResult
      /** It failed, and what it had done was undone. */
      readonly isUndone?: true
    } & FailedSteps)
  | ({ readonly kind: 'error'; readonly error: StepFailure } & FailedSteps)
  | { readonly kind: 'cancelled'; readonly reason: string }

interface FailedSteps {
  /** Keys of the steps whose failures the code ended with, where it let them through; a retry does these again. */
  readonly failedSteps?: readonly string[]
  /** Key of the step on record that the code did not fit; a retry begins with what came before it. */
  readonly misfit?: string
}
