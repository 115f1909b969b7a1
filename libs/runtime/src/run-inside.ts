import type { JsonObject, ToolResult } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { Context } from './context.ts'
import { askAboutDoubt } from './doubt.ts'
import type { StepIdentity } from './journal.ts'
import { createScope, keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'
import type { Tool } from './tool.ts'

export interface NestedCall {
  readonly key: string
  readonly tool: Tool
  readonly args: JsonObject
  /** Told how far the tool says it is; the task's own progress is that of the code around it. */
  readonly onProgress?: Scope['report']
}

/**
 * Runs a tool inside the task. Until it has used its context it is one opaque effect and follows its `inDoubt`; from
 * then on it is a durable program, and is replayed like the one around it.
 */
export async function runInside(
  activation: Activation,
  scope: Scope,
  { key, tool, args, onProgress = ignore }: NestedCall,
  contextOf: (inner: Scope) => Context,
): Promise<ToolResult> {
  const { journal } = activation
  // As they are now, and would be on replay, whatever the caller does with its object.
  const given = JSON.parse(JSON.stringify(args)) as JsonObject
  const identity: StepIdentity = { key: keyOf(scope, 'run', key), kind: 'tool', input: hashInput([tool.name, given]) }
  const inner = createScope(`${identity.key}/`, tool.inDoubt, onProgress)
  const { inDoubt } = tool

  const run = async () => {
    const isReplay = journal.hasTrace(inner.prefix)
    // Like a step's body, unless all that it does is in the journal or will be.
    if (!isReplay && !activation.mayAttempt(scope, identity, { inDoubt })) return
    activation.enter(inner)
    try {
      if (!isReplay && !(await activation.mayBegin(identity))) return
      await activation.record(identity, () => tool.execute(given, contextOf(inner)))
    } finally {
      activation.leave(inner)
    }
  }

  const result = await activation.call(scope, identity, () => {
    // What is done inside a tool that has left a trace is in doubt step by step.
    const hasTrace = journal.hasTrace(inner.prefix)
    const intent = hasTrace ? undefined : activation.attemptAt(identity, inDoubt)
    if (!intent || inDoubt === 'repeat') return void run()
    const label = `the tool '${tool.name}'`
    void askAboutDoubt(activation, scope, { intent, inDoubt, label }).then(run, (error: unknown) =>
      activation.fail(identity, error),
    )
  })
  return result as unknown as ToolResult
}

function ignore(): void {}
