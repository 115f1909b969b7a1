import { type Json, type ToolResult, text } from '@longhaul/task'
import { messageOf, type StepResult, toStepContext } from './step-result.ts'
import { render } from './template.ts'
import type { Workflow } from './workflow.ts'

type Results = ReadonlyMap<string, StepResult>

/** What a workflow comes to whose steps have not failed. @throws Error when an output cannot be evaluated */
export function buildResult(
  { outputs }: Workflow,
  inputs: { readonly [name: string]: Json | undefined },
  results: Results,
): ToolResult {
  if (outputs.size === 0) return { content: [text(summarize(results))] }
  const steps = Object.fromEntries([...results].map(([id, result]) => [id, toStepContext(result)]))
  const contexts = { inputs, steps }
  const structuredContent = Object.fromEntries([...outputs].map(([name, value]) => [name, render(value, { contexts })]))
  return { content: [text(JSON.stringify(structuredContent))], structuredContent }
}

/** The failure of a workflow; its causes are those of its steps, so that a retry does these again. */
export function buildFailure({ name }: Workflow, results: Results): Error | undefined {
  const failed = [...results].filter(([, { conclusion }]) => conclusion === 'failure')
  if (failed.length === 0) return undefined
  const reasons = failed.map(([id, { error }]) => `The step '${id}' failed: ${messageOf(error)}`)
  const message = `The workflow '${name}' failed. ${reasons.join(' ')}`
  const causes = failed.map(([, { error }]) => error)
  return new Error(message, { cause: new AggregateError(causes) })
}

function summarize(results: Results): string {
  const count = (wanted: string) => [...results.values()].filter(({ outcome }) => outcome === wanted).length
  const others = (['failure', 'skipped'] as const).flatMap((outcome) =>
    count(outcome) === 0 ? [] : [`${outcome}: ${count(outcome)}`],
  )
  return [`${count('success')} of ${results.size} steps done`, ...others].join(', ')
}
