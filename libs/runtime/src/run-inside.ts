import type { JsonObject, ToolResult } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { pursue } from './attempts.ts'
import type { Context } from './context.ts'
import type { StepIdentity } from './journal.ts'
import { toPolicy } from './retry-policy.ts'
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
  const step: StepIdentity = { key: keyOf(scope, 'run', key), kind: 'tool', input: hashInput([tool.name, given]) }
  const prefix = `${step.key}/`
  // What is done inside a tool that has left a trace is in doubt, and is tried again, step by step.
  const isOpaque = () => !journal.hasTrace(prefix)

  const attempt = async () => {
    const inner = createScope(prefix, tool.inDoubt, onProgress)
    const isReplay = !isOpaque()
    activation.enter(inner)
    try {
      // Like a step's body, unless all that it does is in the journal or will be.
      if (!isReplay && !(await activation.mayBegin(step))) return undefined
      return await activation.outcomeOf(step, tool.execute(given, contextOf(inner)))
    } finally {
      activation.leave(inner)
    }
  }

  const result = await activation.call(scope, step, () => {
    const policy = toPolicy(undefined, activation.settings)
    const label = `the tool '${tool.name}'`
    const effect = { step, inDoubt: tool.inDoubt, label, policy, isPolicyDeclared: false, isOpaque, attempt }
    void pursue(activation, scope, effect)
  })
  return result as unknown as ToolResult
}

function ignore(): void {}
