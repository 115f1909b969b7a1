import { defineTool, type Tool } from '@longhaul/runtime'
import type { CatalogEntry, JsonObject, Problem, Settings } from '@longhaul/task'
import { buildFailure, buildResult, buildUndoing, hasFailed } from './build-result.ts'
import { type Callable, checkCalls, isCall } from './check-calls.ts'
import { Gate } from './gate.ts'
import { pinWorkflow } from './pin-workflow.ts'
import { withDefaults } from './read-inputs.ts'
import { WorkflowRun } from './run-workflow.ts'
import type { Target } from './target.ts'
import { type Done, undoAll } from './undo.ts'
import type { Step, ToolCall, Workflow } from './workflow.ts'

export interface WorkflowParts {
  /** All that the project has, its workflows left out. */
  readonly targets: readonly Target[]
  readonly settings: Settings
}

type Needs = CatalogEntry['needs']

/**
 * Workflows as durable tools; they can call each other.
 * @returns those whose calls can be made, and what is wrong with the others
 */
export function createWorkflows(
  workflows: readonly Workflow[],
  { targets, settings }: WorkflowParts,
): { readonly tools: readonly Tool[]; readonly problems: readonly Problem[] } {
  const own = workflows.map((workflow): Target => {
    const { name, inputSchema } = workflow
    return { kind: 'task', of: 'tool', tool: { name, inputSchema, needs: {} } }
  })
  const all = [...targets, ...own]
  const callables = all.map(toCallable)
  const checked = workflows.map((workflow) => ({ workflow, problems: checkCalls(workflow, callables) }))
  const needs = new NeedsOfCalls(workflows, targets)
  const tools = checked.flatMap(({ workflow, problems }) =>
    problems.length > 0 ? [] : [toTool(workflow, { targets: all, settings, needs: needs.of(workflow) })],
  )
  return { tools, problems: checked.flatMap(({ problems }) => problems) }
}

const toCallable = (target: Target): Callable => ({
  kind: target.kind === 'task' ? target.of : 'tool',
  name: target.tool.name,
  inputSchema: target.tool.inputSchema,
})

function toTool(workflow: Workflow, { targets, settings, needs }: WorkflowParts & { readonly needs: Needs }): Tool {
  const { name, version, title, description, inputSchema, outputSchema, timeoutMs, budget, queue } = workflow
  const targetOf = (call: ToolCall): Target => {
    const target = targets.find((one) => one.tool.name === call.name)
    if (!target) throw new Error(`The project has no ${call.kind} '${call.name}' any more.`)
    return target
  }
  const unpricedModels = unpricedModelsOf(workflow, targetOf)
  const tool = defineTool({
    name,
    version,
    ...(title && { title }),
    description,
    inputSchema,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(budget && { budget }),
    ...(unpricedModels.length > 0 && { unpricedModels }),
    ...(queue && { queue }),
    needs,
    // All that it does are steps of its own, each of which knows what to do when in doubt.
    inDoubt: 'repeat',
    async execute(args, ctx) {
      const inputs = withDefaults(inputSchema, args as JsonObject)
      const gate = new Gate(Math.min(settings.maxOpenChildren, settings.maxParallelSteps))
      const parts = { ctx, targetOf, settings, gate }
      const done: Done[] = []
      const onDone = (one: Done) => void done.push(one)
      const results = await new WorkflowRun({ ...parts, onDone }, workflow, inputs).results()
      if (!ctx.undoing && !hasFailed(results)) return buildResult(workflow, inputs, results)
      const undone = await undoAll(parts, { done, steps: workflow.steps.length })
      if (ctx.undoing) return buildUndoing(workflow, undone)
      throw buildFailure(workflow, results, undone)
    },
  })
  const undoes = workflow.steps.some((step) => hasWorkAfterTheEnd(step, targetOf))
  const pin = pinWorkflow(workflow)
  // What an undoing comes to are no outputs: these are checked where they are made.
  return { ...tool, pin, ...(outputSchema && { outputSchema }), ...(undoes && { undoes }) }
}

/** Of the agents that it calls whatever happens: it cannot have a budget in money. */
function unpricedModelsOf({ steps }: Workflow, targetOf: (call: ToolCall) => Target): readonly string[] {
  const called = steps.flatMap(({ action, if: condition }) => (condition || !isCall(action) ? [] : targetOf(action)))
  const all = called.flatMap((target) => (target.kind === 'task' ? (target.tool.unpricedModels ?? []) : []))
  return [...new Set(all)]
}

/** Whether something is to be done when the workflow is ended from outside: what the step did is undone, or it cleans up. */
function hasWorkAfterTheEnd({ action, undo, if: condition }: Step, targetOf: (call: ToolCall) => Target): boolean {
  const target = isCall(action) ? targetOf(action) : undefined
  const undoTool = target?.kind === 'task' ? target.tool.undoTool : undefined
  const names = condition?.expression.names ?? []
  const cleansUp = names.some((name) => name.kind === 'status' && ['always', 'cancelled'].includes(name.name))
  return undo !== undefined || undoTool !== undefined || cleansUp
}

/** What the client of a workflow must be able to answer: what its steps cannot do without that run whatever happens. */
class NeedsOfCalls {
  readonly #workflows: ReadonlyMap<string, Workflow>
  readonly #targets: ReadonlyMap<string, Target>

  constructor(workflows: readonly Workflow[], targets: readonly Target[]) {
    this.#workflows = new Map(workflows.map((one) => [one.name, one]))
    this.#targets = new Map(targets.map((one) => [one.tool.name, one]))
  }

  of(workflow: Workflow, around: readonly string[] = []): Needs {
    if (around.includes(workflow.name)) return {}
    const all = workflow.steps
      .filter((step) => !step.if)
      .map(({ action }): Needs => {
        if (!isCall(action)) return { elicitation: true }
        const inner = this.#workflows.get(action.name)
        if (inner) return this.of(inner, [...around, workflow.name])
        const target = this.#targets.get(action.name)
        return target?.kind === 'task' ? target.tool.needs : {}
      })
    const sampling = (['tools', 'plain'] as const).find((kind) => all.some((needs) => needs.sampling === kind))
    const elicitation = all.some((needs) => needs.elicitation)
    return { ...(sampling && { sampling }), ...(elicitation && { elicitation }) }
  }
}
