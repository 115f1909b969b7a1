import { excerptOf, isOversized, type ResultLimits, resultUri, type ToolResult } from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import { BYTES_PER_TOKEN } from './estimate-tokens.ts'

/** Part of the window that the results of one turn may fill. */
const RESULTS_PART = 1 / 4

/** What a model is shown of each result of a turn with so many calls: less where its window is small. */
export function resultLimits({ shown, context }: AgentPlan, calls: number): ResultLimits | undefined {
  if (!shown || context?.window === undefined) return shown
  const room = Math.floor((context.window * BYTES_PER_TOKEN * RESULTS_PART) / calls)
  return { ...shown, textBytes: Math.min(shown.textBytes, room) }
}

/** A result as a model is shown it. */
export interface ShownResult {
  readonly result: ToolResult
  /** How the conversation refers to it where it is an excerpt. */
  readonly excerpt?: ResultLimits
}

export function showResult(
  result: ToolResult,
  {
    limits,
    taskId,
    step,
  }: { readonly limits: ResultLimits | undefined; readonly taskId: string; readonly step: string },
): ShownResult {
  if (!limits || !isOversized(result, limits)) return { result }
  return { result: excerptOf(result, limits, { name: step, uri: resultUri(taskId, step) }), excerpt: limits }
}
