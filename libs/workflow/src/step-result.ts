import type { Json, JsonObject } from '@longhaul/task'
import type { StatusFunction } from './expression-names.ts'

/** `cancelled`: the workflow was ended from outside before the step was over. */
type StepOutcome = 'success' | 'failure' | 'cancelled' | 'skipped'

/** What became of a step. */
export interface StepResult {
  readonly outcome: StepOutcome
  /** The outcome, or success where a failure is continued on. */
  readonly conclusion: StepOutcome
  readonly outputs: Json
  readonly error?: unknown
}

export const SKIPPED: StepResult = { outcome: 'skipped', conclusion: 'skipped', outputs: null }

/** What the status functions say after these steps. */
export function statusAfter(before: readonly StepResult[]): Readonly<Record<StatusFunction, boolean>> {
  const has = (wanted: StepOutcome) => before.some(({ conclusion }) => conclusion === wanted)
  return {
    success: before.every(({ conclusion }) => conclusion === 'success'),
    failure: has('failure'),
    cancelled: has('cancelled'),
    always: true,
  }
}

export const CANCELLED: StepResult = { outcome: 'cancelled', conclusion: 'cancelled', outputs: null }

/** As expressions see it. */
function toStepContext({ outcome, conclusion, outputs, error }: StepResult): JsonObject {
  return { outcome, conclusion, outputs, error: error === undefined ? null : messageOf(error) }
}

/** `steps`, as expressions see them. */
export const toStepsContext = (results: ReadonlyMap<string, StepResult>): JsonObject =>
  Object.fromEntries([...results].map(([id, result]) => [id, toStepContext(result)]))

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
