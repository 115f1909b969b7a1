import type { Place } from '@longhaul/project-files'
import type { Budget, JsonSchema } from '@longhaul/task'
import type { Condition, Template } from './template.ts'

/** A call of a tool, or of an agent, which is one to whoever calls it. */
export interface ToolCall {
  readonly kind: 'tool' | 'agent'
  readonly name: string
  /** Its arguments; a template of a map. */
  readonly with: Template
  readonly place: Place
}

/** A person is asked whether the workflow may go on. */
export interface Approval {
  readonly kind: 'approval'
  readonly message: Template
  /** Of the form that goes with the question: a flat object. */
  readonly schema: JsonSchema
}

/** How often a call that failed is made in all, and with which pauses; what is left out is in the settings `retry…`. */
export interface Retry {
  readonly maxAttempts: number
  readonly backoffMs?: number
  readonly factor?: number
  readonly maxBackoffMs?: number
}

interface ForEach {
  readonly items: Template
  /** Items at work at once; the setting `workflowConcurrency` when absent. */
  readonly concurrency?: number
}

/** What undoes a step. */
export interface Undo extends ToolCall {
  readonly retry?: Retry
  readonly timeoutMs?: number
}

export interface Step {
  readonly id: string
  readonly title?: string
  /** Ids of the steps that must be over before this one. */
  readonly needs: readonly string[]
  readonly action: ToolCall | Approval
  /** Without one it runs when all that it needs has succeeded. */
  readonly if?: Condition
  readonly forEach?: ForEach
  readonly retry?: Retry
  /** Of each call, waiting for people not counted; of an approval, how long an answer is waited for. */
  readonly timeoutMs?: number
  readonly continueOnError: boolean
  readonly undo?: Undo
  readonly place: Place
}

/** What a file `workflows/NAME.yaml` says. */
export interface Workflow {
  /** Of the tool that it is. */
  readonly name: string
  /** Path from the project's folder. */
  readonly file: string
  readonly text: string
  /** Hash of its text. */
  readonly version: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: JsonSchema
  /** In the order of the file. */
  readonly steps: readonly Step[]
  /** By name. */
  readonly outputs: ReadonlyMap<string, Template>
  /** Where at least one output says what it is. */
  readonly outputSchema?: JsonSchema
  readonly timeoutMs?: number
  /** What a run of it may spend with all that it calls. */
  readonly budget?: Budget
  /** Task queue whose workers run it. */
  readonly queue?: string
}
