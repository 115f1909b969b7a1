import { type Claimed, type Outcome, type Settings, toolError } from '@longhaul/task'
import { Activation, type Ended } from './activation.ts'
import { createContext } from './create-context.ts'
import { askAboutDoubt } from './doubt.ts'
import { toRpcFailure } from './errors.ts'
import type { ModelChooser } from './models.ts'
import { ProgressSender } from './progress-sender.ts'
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
  const activation = new Activation(options.taskId, options.claimed, options.settings)
  void run(activation, options)
  return {
    ended: activation.ended.promise,
    stop: (reason) => activation.end('lost', reason),
    lookAgain: () => activation.lookAgain(),
  }
}

async function run(
  activation: Activation,
  { claimed, tool, models, settings, onToolError }: ActivateOptions,
): Promise<void> {
  const progress = new ProgressSender(claimed.ledger)
  const scope = createScope('', tool.inDoubt)
  const context = createContext({ activation, ledger: claimed.ledger, models, progress }, scope)
  activation.fatal.catch(() => {})

  const execute = async () => {
    await settleDoubt(activation, scope, tool)
    return tool.execute(claimed.args, context)
  }
  const outcome = await Promise.race([execute(), activation.fatal]).then(
    (result): Outcome => ({ kind: 'result', result }),
    (error): Outcome => {
      if (!activation.isOver) onToolError(error)
      const failure = toRpcFailure(error)
      return failure ? { kind: 'error', error: failure } : { kind: 'result', result: toolError(messageOf(error)) }
    },
  )
  if (activation.isOver) return
  await progress.settled()
  await activation.writer.end({ kind: 'finish', outcome: withinLimit(outcome, settings) })
  activation.end('finished')
}

/** The task's own call is in doubt when a worker was lost in it before it had left a trace. */
async function settleDoubt(activation: Activation, scope: Scope, tool: Tool): Promise<void> {
  const { journal } = activation
  if (tool.inDoubt === 'repeat' || journal.hasUnder('')) return
  const attempt = journal.intent(RUN_KEY)?.attempt ?? 1
  const asked = doubtKey(RUN_KEY, attempt)
  if (!activation.interrupted && !journal.outcome(asked) && !journal.wait(asked)) return
  const step = { key: RUN_KEY, kind: 'run', input: '' } as const
  await askAboutDoubt(activation, scope, { step, attempt, inDoubt: tool.inDoubt, label: `the tool '${tool.name}'` })
  activation.intend(step, attempt + 1)
  await activation.writer.saved()
}

function withinLimit(outcome: Outcome, { maxResultBytes }: Settings): Outcome {
  const bytes = Buffer.byteLength(JSON.stringify(outcome))
  if (bytes <= maxResultBytes) return outcome
  const message = `The result is ${bytes} bytes; the most is ${maxResultBytes} (LONGHAUL_MAX_RESULT_BYTES).`
  return { kind: 'result', result: toolError(message) }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
