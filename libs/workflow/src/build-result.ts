import { UndoneError } from '@longhaul/runtime'
import { compileSchema } from '@longhaul/schema'
import { type Json, type ToolResult, text } from '@longhaul/task'
import { messageOf, type StepResult, toStepsContext } from './step-result.ts'
import { render } from './template.ts'
import type { Undone } from './undo.ts'
import type { Workflow } from './workflow.ts'

type Results = ReadonlyMap<string, StepResult>

/** What a workflow comes to whose steps have not failed. @throws Error when an output cannot be evaluated, or does not fit */
export function buildResult(
  { name, outputs, outputSchema }: Workflow,
  inputs: { readonly [name: string]: Json | undefined },
  results: Results,
): ToolResult {
  if (outputs.size === 0) return { content: [text(summarize(results))] }
  const contexts = { inputs, steps: toStepsContext(results) }
  const structuredContent = Object.fromEntries([...outputs].map(([name, value]) => [name, render(value, { contexts })]))
  const faults = outputSchema ? compileSchema(outputSchema)(structuredContent) : []
  if (faults.length > 0) throw new Error(`The outputs of the workflow '${name}' do not fit: ${faults.join('; ')}.`)
  return { content: [text(JSON.stringify(structuredContent))], structuredContent }
}

/** Whether a workflow fails: a step has, and was not continued on. */
export const hasFailed = (results: Results): boolean =>
  [...results.values()].some(({ conclusion }) => conclusion === 'failure')

/**
 * The failure of a workflow, when what could be undone was. Its causes are those of its steps, so that a retry does these
 * again where nothing was undone.
 */
export function buildFailure({ name }: Workflow, results: Results, undone: Undone): Error {
  const failed = [...results].filter(([, { conclusion }]) => conclusion === 'failure')
  const reasons = failed.map(([id, { error }]) => `The step '${id}' failed: ${endWithDot(messageOf(error))}`)
  const message = [`The workflow '${name}' failed.`, ...reasons, ...describeUndone(undone)].join(' ')
  const cause = new AggregateError(failed.map(([, { error }]) => error))
  return undone.undone.length > 0 ? new UndoneError(message, { cause }) : new Error(message, { cause })
}

/** What undoing a workflow comes to that was ended from outside. @throws Error that names what is left of it */
export function buildUndoing({ name }: Workflow, undone: Undone): ToolResult {
  const what = describeUndone(undone).join(' ') || 'There was nothing to undo.'
  const message = `The workflow '${name}' was ended before it was over. ${what}`
  if (undone.failures.length === 0) return { content: [text(message)] }
  throw new Error(message, { cause: new AggregateError(undone.failures.map(({ error }) => error)) })
}

function describeUndone({ undone, failures }: Undone): string[] {
  const left = failures.map(({ key, error }) => `${key} (${messageOf(error)})`)
  return [
    ...(undone.length > 0 ? [`Undone: ${undone.join(', ')}.`] : []),
    ...(left.length > 0 ? [`Not undone: ${left.join(', ')}.`] : []),
  ]
}

const endWithDot = (message: string): string => message.replace(/\.?$/, '.')

function summarize(results: Results): string {
  const count = (wanted: string) => [...results.values()].filter(({ outcome }) => outcome === wanted).length
  const others = (['failure', 'skipped'] as const).flatMap((outcome) =>
    count(outcome) === 0 ? [] : [`${outcome}: ${count(outcome)}`],
  )
  return [`${count('success')} of ${results.size} steps done`, ...others].join(', ')
}
