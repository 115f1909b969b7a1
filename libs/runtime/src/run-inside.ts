import type { Json, JsonObject, ToolResult } from '@longhaul/task'
import type { Context } from './context.ts'
import type { ContextParts } from './create-context.ts'
import { askAboutDoubt } from './doubt.ts'
import { toFailure } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import { createScope, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'
import type { Tool } from './tool.ts'

export interface NestedCall {
  readonly key: string
  readonly tool: Tool
  readonly args: JsonObject
}

/**
 * Runs a tool inside the task. Until it has used its context it is one opaque effect and follows its `inDoubt`; from
 * then on it is a durable program, and is replayed like the one around it.
 */
export async function runInside(
  { activation }: ContextParts,
  scope: Scope,
  { key, tool, args }: NestedCall,
  contextOf: (inner: Scope) => Context,
): Promise<ToolResult> {
  const identity: StepIdentity = { key, kind: 'tool', input: hashInput([tool.name, args as Json]) }
  const inner = createScope(`${key}/`, tool.inDoubt)

  const run = async (attempt: number) => {
    const isReplayed = activation.journal.hasUnder(inner.prefix)
    if (!isReplayed && activation.needsIntent(scope, tool.inDoubt)) activation.intend(identity, attempt)
    activation.enter(inner)
    try {
      await activation.writer.saved()
      const result = await tool.execute(args, contextOf(inner))
      activation.settle(identity, { type: 'value', value: activation.toJson(result) })
    } catch (error) {
      activation.settle(identity, { type: 'error', error: toFailure(error) })
    } finally {
      activation.leave(inner)
    }
  }

  const result = await activation.call(scope, identity, () => {
    const intent = activation.journal.intent(key)
    const isInDoubt = intent && tool.inDoubt !== 'repeat' && !activation.journal.hasUnder(inner.prefix)
    if (!isInDoubt) return void run((intent?.attempt ?? 0) + 1)
    const doubt = { step: identity, attempt: intent.attempt, inDoubt: tool.inDoubt, label: `the tool '${tool.name}'` }
    void askAboutDoubt(activation, scope, doubt).then(
      () => run(intent.attempt + 1),
      (error: Error) => activation.settle(identity, { type: 'error', error: { message: error.message } }),
    )
  })
  return result as unknown as ToolResult
}
