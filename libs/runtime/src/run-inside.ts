import type { JsonObject, ToolResult } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { CALL_OF_TOOL, pursue } from './attempts.ts'
import type { Context } from './context.ts'
import { TimeoutError } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import { limitCall } from './limit-call.ts'
import { toPolicy } from './retry-policy.ts'
import { createScope, keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'
import type { Tool } from './tool.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface NestedCall {
  readonly key: string
  readonly tool: Tool
  readonly args: JsonObject
  /** What is on record of the call was done by other code than the tool's. Default: as it is for the code around it. */
  readonly isOtherCode?: boolean
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
  { key, tool, args, isOtherCode = scope.isOtherCode, onProgress = ignore }: NestedCall,
  contextOf: (inner: Scope) => Context,
): Promise<ToolResult> {
  const { journal } = activation
  // As they are now, and would be on replay, whatever the caller does with its object.
  const given = JSON.parse(JSON.stringify(args)) as JsonObject
  const step: StepIdentity = { key: keyOf(scope, 'run', key), kind: 'tool', input: hashInput([tool.name, given]) }
  const prefix = `${step.key}/`
  const label = `the tool '${tool.name}'`
  const { inDoubt, timeoutMs = 0 } = tool
  const { mostKeyCharacters } = scope
  let inner: Scope | undefined
  // What is done inside a tool that has left a trace is in doubt, and is tried again, step by step.
  const isOpaque = () => !journal.hasTrace(prefix)

  const attempt = async () => {
    const isReplay = !isOpaque()
    const limits = { around: scope, isLimited: timeoutMs > 0, isOtherCode }
    const own = createScope({ prefix, mostKeyCharacters, inDoubt, report: onProgress }, limits)
    inner = own
    activation.atWork.enter(own)
    try {
      // Like a step's body, unless all that it does is in the journal or will be.
      if (!isReplay && !(await activation.bodies.mayBegin(step))) return undefined
      // What its code does before it hears anything is a turn, as it is on replay: the one of `enter` has ended meanwhile.
      activation.calls.touch()
      const execute = async () => {
        const result = await tool.execute(given, contextOf(own))
        activation.steps.checkEnd(own)
        return result
      }
      return await activation.bodies.outcomeOf(scope, step, withinTime(own, execute()))
    } finally {
      activation.atWork.leave(own)
    }
  }

  const result = await activation.steps.call(scope, step, () => {
    const policy = toPolicy(undefined, activation.settings)
    const effect = { step, inDoubt, label, policy, isPolicyDeclared: false, isOpaque, attempt, spends: CALL_OF_TOOL }
    const pursued = pursue(activation, scope, effect)
    if (timeoutMs === 0) return
    const onOver = () => {
      if (inner) activation.atWork.endScope(inner, new TimeoutError(label, timeoutMs, `${tool.name}.timeoutMs`))
    }
    const stop = limitCall(activation, { scope, step, timeoutMs, onOver })
    void pursued.then(stop)
  })
  return result as unknown as ToolResult
}

const withinTime = <T>({ over }: Scope, result: Promise<T>): Promise<T> => (over ? unlessAborted(over, result) : result)

function ignore(): void {}
