import type { Context } from '@longhaul/runtime'
import { type Json, type Progress, type ToolResult, type ToolUse, text, toolError } from '@longhaul/task'
import type { CheckedCall } from './check-tool-call.ts'
import { describeCall } from './describe-call.ts'
import type { LoopProgress } from './loop-progress.ts'

export interface ToolCall {
  /** Step key. */
  readonly key: string
  readonly turn: number
  readonly call: ToolUse
  readonly checked: CheckedCall
  /** Whether its calls were tasks when the task began: one may be there although the tool has gone. */
  readonly isTask: boolean
  /** What was done of it so far was done by another version of the tool. */
  readonly isOtherCode: boolean
  readonly progress: LoopProgress
}

/**
 * Makes one call: as one step, as a durable tool inside the task, or as a task of its own where it is an agent or a
 * workflow; or notes why it is not made.
 *
 * All but a task have the same kind and input, so that a call whose outcome is known stays answered when the tool has
 * become another kind of tool, or has gone, since.
 * @throws StepError when the call failed
 */
export function executeToolCall(
  ctx: Context,
  { key, turn, call, checked, isTask, isOtherCode, progress }: ToolCall,
): Promise<ToolResult> {
  const { name, input: args } = call
  const identity: { kind: 'tool'; input: Json } = { kind: 'tool', input: [name, args] }
  if (isTask && checked.kind !== 'refused') return ctx.call(name, args, { key })
  if (checked.kind !== 'fit') {
    // What the tool's policy was, nobody can say any more; without an attempt under way there is no doubt.
    const inDoubt = checked.kind === 'gone' ? 'fail' : 'repeat'
    return ctx.step(key, () => toolError(checked.reason), { ...identity, inDoubt, label: `the call of ${name}` })
  }

  const { tool } = checked
  if (tool.kind === 'agent' || tool.kind === 'workflow') return ctx.call(name, args, { key })
  if (tool.kind === 'hand_off') {
    const result = { content: [text(`The agent '${tool.to}' has this conversation from here on.`)] }
    return ctx.step(key, () => result, { ...identity, label: `the hand-over to ${tool.to}` })
  }
  const onProgress = (ofTool: Progress) => progress.note(`turn ${turn}: ${name}: ${describe(ofTool)}`)
  if (tool.kind === 'durable') return ctx.run(key, tool.tool, args, { onProgress, isOtherCode })
  const { trace } = ctx
  return ctx.step(key, ({ signal, idempotencyKey }) => tool.call(args, { signal, idempotencyKey, onProgress, trace }), {
    ...identity,
    inDoubt: tool.inDoubt,
    isToolCall: true,
    label: describeCall(name, args),
  })
}

const describe = ({ progress, total, message }: Progress): string =>
  message ?? (total === undefined ? `${progress}` : `${progress}/${total}`)
