import type { JsonObject } from '@longhaul/task'
import { free, onRecord } from './begin.ts'
import { ancestorsOf, type Needs } from './check-graph.ts'
import { type RunParts, runStep } from './run-step.ts'
import { SKIPPED, type StepResult, statusAfter, toStepsContext } from './step-result.ts'
import { isMet } from './template.ts'
import type { Step, Workflow } from './workflow.ts'

/** One run of a workflow, from the top. Steps begin in the order of the file as soon as what they need is over. */
export class WorkflowRun {
  readonly #parts: RunParts
  readonly #workflow: Workflow
  readonly #inputs: JsonObject
  readonly #needs: Needs
  readonly #over = new Map<string, Promise<StepResult>>()
  readonly #results = new Map<string, StepResult>()

  constructor(parts: RunParts, workflow: Workflow, inputs: JsonObject) {
    this.#parts = parts
    this.#workflow = workflow
    this.#inputs = inputs
    this.#needs = new Map(workflow.steps.map(({ id, needs }) => [id, needs]))
  }

  /** What became of each step, in the order of the file. */
  async results(): Promise<ReadonlyMap<string, StepResult>> {
    const results = await Promise.all(
      this.#workflow.steps.map(async (step) => [step.id, await this.#whenOver(step)] as const),
    )
    return new Map(results)
  }

  #whenOver(step: Step): Promise<StepResult> {
    const known = this.#over.get(step.id)
    if (known) return known
    const over = this.#run(step)
    this.#over.set(step.id, over)
    return over
  }

  async #run(step: Step): Promise<StepResult> {
    await Promise.all(
      this.#workflow.steps.filter(({ id }) => step.needs.includes(id)).map((one) => this.#whenOver(one)),
    )
    const result = await this.#decide(step)
    this.#results.set(step.id, result)
    this.#report(step, result)
    return result
  }

  #decide(step: Step): StepResult | Promise<StepResult> {
    const before = this.#before(step)
    const values = { inputs: this.#inputs, steps: toStepsContext(before) }
    const status = statusAfter([...before.values()])
    try {
      if (!isMet(step.if, { contexts: values, status })) return SKIPPED
    } catch (error) {
      return { outcome: 'failure', conclusion: 'failure', outputs: null, error }
    }
    const { undoing } = this.#parts.ctx
    // What comes after a step that was cut off runs although the workflow has ended: it wants to.
    const begin = undoing && !status.cancelled ? onRecord(undoing) : free
    return runStep(this.#parts, { step, values, begin })
  }

  #before({ id }: Step): ReadonlyMap<string, StepResult> {
    const ids = ancestorsOf(id, this.#needs)
    return new Map([...this.#results].filter(([other]) => ids.has(other)))
  }

  #report({ id }: Step, { outcome }: StepResult): void {
    const over = this.#results.size
    const all = this.#workflow.steps.length
    this.#parts.ctx.progress(over, all, `${over} of ${all} steps: ${id}: ${outcome}`)
  }
}
