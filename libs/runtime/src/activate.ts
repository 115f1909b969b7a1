import { type Claimed, type Outcome, type Settings, type ToolResult, toolError } from '@longhaul/task'
import { Activation, type Ended } from './activation.ts'
import { createContext } from './create-context.ts'
import { askAboutDoubt } from './doubt.ts'
import { toFailure, toRpcFailure } from './errors.ts'
import { toJson, toKeptFailure } from './limits.ts'
import type { ModelChooser } from './models.ts'
import { createScope, type Scope } from './scope.ts'
import { doubtKey, RUN_KEY } from './step-key.ts'
import type { Tool } from './tool.ts'

export interface ActivateOptions {
  readonly taskId: string
  readonly claimed: Claimed
  readonly tool: Tool
  readonly models: ModelChooser
  readonly settings: Settings
  /** Told of what a tool threw, for the log of the worker. */
  readonly onToolError: (error: unknown) => void
  /** Told why the store could not be written to, where that is more than a lost claim. The activation is lost. */
  readonly onStoreError?: (error: unknown) => void
}

/** A running activation, as its worker holds it. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Ends it at once, with nothing written; `reason` is what `ctx.signal` aborts with. */
  stop(reason: unknown): void
  /** Says that others may have added to the task's journal. */
  lookAgain(): void
}

/** Runs a tool over its task's journal, from the top, until it has ended or can only wait. */
export function activate(options: ActivateOptions): Running {
  const activation = new Activation(options)
  void run(activation, options)
  return {
    ended: activation.ended,
    stop: (reason) => activation.end('lost', reason),
    lookAgain: () => activation.lookAgain(),
  }
}

async function run(
  activation: Activation,
  { claimed, tool, models, settings, onToolError }: ActivateOptions,
): Promise<void> {
  const scope = createScope('', tool.inDoubt, (progress) => activation.progress.report(progress))
  const context = createContext({ activation, ledger: claimed.ledger, models }, scope)
  const execute = async () => {
    await settleDoubt(activation, scope, tool, claimed.interrupted)
    activation.calls.touch()
    const result = toJson(await tool.execute(claimed.args, context), 'The result', settings)
    return { kind: 'result', result: result as unknown as ToolResult } as const
  }
  const outcome = await Promise.race([execute(), activation.fatal]).catch((error: unknown) => {
    // What a tool throws because it was stopped is no news.
    if (!activation.signal.aborted) onToolError(error)
    return toFailedOutcome(error, settings)
  })
  if (!activation.signal.aborted) await activation.finish(outcome)
}

function toFailedOutcome(error: unknown, settings: Settings): Outcome {
  const rpcFailure = toRpcFailure(error)
  if (rpcFailure) return { kind: 'error', error: toKeptFailure(rpcFailure, settings) }
  return { kind: 'result', result: toolError(toKeptFailure(toFailure(error), settings).message) }
}

/** The task's own call is in doubt when a worker was lost in it before it had left a trace. */
async function settleDoubt(activation: Activation, scope: Scope, tool: Tool, isInterrupted: boolean): Promise<void> {
  const { journal } = activation
  if (tool.inDoubt === 'repeat' || journal.hasTrace('')) return
  const step = { key: RUN_KEY, kind: 'run', input: '' } as const
  const { inDoubt } = tool
  const intent = activation.attemptAt(step, inDoubt) ?? { type: 'intent', ...step, at: 0, attempt: 1 }
  const asked = doubtKey(RUN_KEY, intent.attempt)
  const isSupposed = intent.supposed !== undefined
  if (!isInterrupted && !isSupposed && !journal.outcome(asked) && !journal.wait(asked)) return
  await askAboutDoubt(activation, scope, { intent, inDoubt, label: `the tool '${tool.name}'` })
  activation.intend(step, intent.attempt + 1)
  await activation.saved()
}
