import type { Context } from '@longhaul/runtime'
import type { Json, JsonObject, Settings } from '@longhaul/task'
import { approve } from './approval.ts'
import { type Begin, CutOff } from './begin.ts'
import { forEach, type Settled } from './for-each.ts'
import type { Gate } from './gate.ts'
import { CANCELLED, type StepResult } from './step-result.ts'
import { callTarget, outputsOf, type Target } from './target.ts'
import { render } from './template.ts'
import type { Done } from './undo.ts'
import type { Step, ToolCall } from './workflow.ts'

/** What the steps of one run have in common. */
export interface RunParts {
  readonly ctx: Context
  /** What a call of the workflow calls. @throws Error where that has gone */
  readonly targetOf: (call: ToolCall) => Target
  readonly settings: Settings
  /** All calls of the run go through it, so that a task never has more children than it may. */
  readonly gate: Gate
  /** Told of each call that succeeded, in the order in which they did. */
  readonly onDone: (done: Done) => void
}

/** A step that is to be run. */
export interface StepRun {
  readonly step: Step
  readonly values: StepValues
  readonly begin: Begin
}

/** One of its calls. */
interface Act extends StepRun {
  readonly key: string
}

/** The values that the expressions of a step can name. */
export interface StepValues {
  readonly inputs: JsonObject
  readonly steps: JsonObject
  readonly item?: Json
  readonly index?: number
}

/** Does what a step does, for each of its items. Whatever goes wrong is its result. */
export async function runStep(parts: RunParts, run: StepRun): Promise<StepResult> {
  const { step } = run
  try {
    if (step.forEach) return await runItems(parts, run)
    const outputs = await act(parts, { ...run, key: step.id })
    return { outcome: 'success', conclusion: 'success', outputs }
  } catch (error) {
    return error instanceof CutOff ? CANCELLED : failed(step, null, error)
  }
}

async function runItems(parts: RunParts, run: StepRun): Promise<StepResult> {
  const { step, values } = run
  const items = itemsOf(step, values, parts.settings)
  const limit = step.forEach?.concurrency ?? parts.settings.workflowConcurrency
  const endsAll = (reason: unknown) => !step.continueOnError && !(reason instanceof CutOff)
  const settled = await forEach(items, { limit, endsAll }, (item, index) =>
    act(parts, { ...run, key: `${step.id}.${index}`, values: { ...values, item, index } }),
  )
  const outputs = settled.map((one) => (one?.status === 'fulfilled' ? one.value : null))
  const errors = settled.flatMap((one, index) => (one?.status === 'rejected' ? [{ index, error: one.reason }] : []))
  if (errors.some(({ error }) => error instanceof CutOff)) return { ...CANCELLED, outputs }
  const [first] = errors
  if (!first) return { outcome: 'success', conclusion: 'success', outputs }
  const reasons = errors.map(({ error }) => error)
  const what = `${errors.length} of ${items.length} items failed${describeUnbegun(settled)}, the first at index ${first.index}`
  return failed(step, outputs, new AggregateError(reasons, `${what}: ${(first.error as Error).message}`))
}

function describeUnbegun(settled: readonly Settled<unknown>[]): string {
  const count = settled.filter((one) => one === undefined).length
  return count === 0 ? '' : ` and ${count} were not begun`
}

const failed = ({ continueOnError }: Step, outputs: Json, error: unknown): StepResult => ({
  outcome: 'failure',
  conclusion: continueOnError ? 'success' : 'failure',
  outputs,
  error,
})

/** @throws Error that says why there is nothing to loop over */
function itemsOf(step: Step, values: StepValues, { maxWorkflowItems }: Settings): readonly Json[] {
  const items = step.forEach ? render(step.forEach.items, { contexts: { ...values } }) : []
  if (!Array.isArray(items))
    throw new Error(`forEach of '${step.id}' came to no list, but to ${JSON.stringify(items)}.`)
  if (items.length <= maxWorkflowItems) return items
  throw new Error(
    `forEach of '${step.id}' came to ${items.length} items; the most is ${maxWorkflowItems} (LONGHAUL_MAX_WORKFLOW_ITEMS).`,
  )
}

/** What the action of the step came to, for one item where it has several. @throws StepError, CutOff, or Error of an expression */
async function act(parts: RunParts, { step, key, values, begin }: Act): Promise<Json> {
  const { ctx, settings, gate, targetOf, onDone } = parts
  const { action, retry, timeoutMs } = step
  if (action.kind === 'approval') {
    begin(key)
    return approve(ctx, action, { step, key, values })
  }
  const args = render(action.with, { contexts: { ...values } }) as JsonObject
  const target = targetOf(action)
  const attempts = { key, settings, begin, ...(retry && { retry }) }
  const result = await callTarget(ctx, { target, args, timeoutMs, gate, ...attempts })
  onDone({ step, key, values, target, args, result })
  return outputsOf(result)
}
