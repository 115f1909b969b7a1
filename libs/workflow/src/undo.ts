import type { JsonObject, ToolResult } from '@longhaul/task'
import { free } from './begin.ts'
import type { RunParts, StepValues } from './run-step.ts'
import { type Call, callTarget, outputsOf, type Target } from './target.ts'
import { render } from './template.ts'
import type { Retry, Step } from './workflow.ts'

/** A call that succeeded. */
export interface Done {
  readonly step: Step
  readonly key: string
  readonly values: StepValues
  readonly target: Target
  readonly args: JsonObject
  readonly result: ToolResult
}

/** What became of undoing, by the keys of the calls, in the order in which they were undone. */
export interface Undone {
  readonly undone: readonly string[]
  readonly failures: readonly { readonly key: string; readonly error: unknown }[]
}

/**
 * Undoes what was done, the last first, each call under a key of its own, so that whoever goes on with it does none twice.
 * One that cannot be undone, however often it is tried, holds the others up no longer.
 * @param options `steps`: how many the workflow has
 */
export async function undoAll(
  parts: Omit<RunParts, 'onDone'>,
  { done, steps }: { readonly done: readonly Done[]; readonly steps: number },
): Promise<Undone> {
  const undone: string[] = []
  const failures: { key: string; error: unknown }[] = []
  const undoable = done.filter(isUndoable)
  for (const [place, one] of undoable.toReversed().entries()) {
    parts.ctx.progress(
      steps + place + 1,
      steps + undoable.length,
      `undo ${place + 1} of ${undoable.length}: ${one.key}`,
    )
    try {
      await undo(parts, one)
      undone.push(one.key)
    } catch (error) {
      failures.push({ key: one.key, error })
    }
  }
  return { undone, failures }
}

/** Whether anything is said of how it is undone. */
const isUndoable = ({ step, target }: Pick<Done, 'step' | 'target'>): boolean =>
  step.undo !== undefined || (target.kind === 'task' && target.tool.undoTool !== undefined)

/** @throws StepError, or Error of an expression */
async function undo(parts: Omit<RunParts, 'onDone'>, done: Done): Promise<void> {
  const { ctx, settings, gate } = parts
  const call = { key: `undo:${done.key}`, settings, gate, begin: free, isUndo: true } as const
  await callTarget(ctx, { ...undoCallOf(parts, done), ...call })
}

type UndoCall = Pick<Call, 'target' | 'args' | 'timeoutMs'> & { readonly retry: Partial<Retry> }

/** What the step says comes before what its tool says. */
function undoCallOf({ targetOf }: Omit<RunParts, 'onDone'>, { step, values, target, args, result }: Done): UndoCall {
  if (step.undo) {
    const contexts = { ...values, outputs: outputsOf(result) }
    // Unless it says otherwise, whatever it fails with is tried again as the settings say.
    const { retry = {}, timeoutMs } = step.undo
    return { target: targetOf(step.undo), args: render(step.undo.with, { contexts }) as JsonObject, retry, timeoutMs }
  }
  const tool = target.kind === 'task' ? target.tool.undoTool : undefined
  if (!tool) throw new Error(`The tool '${target.tool.name}' cannot be undone any more.`)
  const given = { args, result: result as unknown as JsonObject }
  return { target: { kind: 'task', of: 'tool', tool }, args: given, retry: {} }
}
