import {
  type Claimed,
  type Intent,
  type Outcome,
  type Progress,
  type Settings,
  type TaskDraft,
  type ToolResult,
  toolError,
  type WakeUp,
} from '@longhaul/task'
import { Activation } from './activation.ts'
import type { Callees } from './call.ts'
import { askAboutDoubt } from './doubt.ts'
import { failedStepsOf, JournalMismatch, toFailure, toRpcFailure, UndoneError } from './errors.ts'
import type { Ended } from './life.ts'
import { toJson, toKeptFailure } from './limits.ts'
import type { ModelChooser } from './models.ts'
import { never } from './never.ts'
import { createScope, type Scope } from './scope.ts'
import { doubtKey, RUN_KEY } from './step-key.ts'
import type { Tool } from './tool.ts'
import { ToolContext } from './tool-context.ts'

/** The task's own call, as a step. */
const RUN = { key: RUN_KEY, kind: 'run', input: '' } as const

/** Its first attempt, which is on record as the task's claim. */
const FIRST: Intent = { type: 'intent', ...RUN, at: 0, attempt: 1 }

export interface ActivateOptions extends Callees {
  readonly taskId: string
  readonly claimed: Claimed
  readonly tool: Tool
  /** What is on record was done by other code than the tool's, at least in part; it has to fit before anything new begins. */
  readonly isOtherCode?: boolean
  readonly models: ModelChooser
  readonly settings: Settings
  /** Told of children that the task has made just now: somebody has to take them. */
  readonly onChildren: (children: readonly TaskDraft[]) => void
  /** Told of tasks that can go on now, since there is room for them in a budget: somebody has to take them. */
  readonly onWoken: (woken: readonly WakeUp[]) => void
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
  /** Lets nothing begin any more: the task is handed back when what runs has ended, unless it can only wait. */
  handOver(): void
  /**
   * Tells what runs to stop, by `ctx.signal` with `reason`, and hands over. Who throws `reason` says that nothing was
   * done, and is begun again elsewhere; who gives a value has ended; with any other error the attempt is in doubt.
   */
  abort(reason: unknown): void
  /** Hands the task back at once; what runs is in doubt. */
  letGo(): void
}

/** Runs a tool over its task's journal, from the top, until it has ended or can only wait. */
export function activate(given: ActivateOptions): Running {
  const options = { ...given, settings: settingsFor(given) }
  const activation = new Activation(options)
  void run(activation, options)
  return {
    ended: activation.life.ended,
    stop: (reason) => activation.life.end('lost', reason),
    lookAgain: () => activation.lookAgain(),
    handOver: () => activation.handOver.begin(),
    abort: (reason) => activation.handOver.abort(reason),
    letGo: () => activation.handOver.letGo(),
  }
}

/** Whoever gets a prompt or reads a resource does not come back after weeks. */
function settingsFor({ claimed, settings }: ActivateOptions): Settings {
  if (!claimed.head.serves) return settings
  const questionDeadlineMs = Math.min(settings.questionDeadlineMs, settings.servedQuestionDeadlineMs)
  return { ...settings, questionDeadlineMs }
}

async function run(
  activation: Activation,
  { claimed, tool, isOtherCode = false, models, settings, findEntry, describeUnderUndo, onToolError }: ActivateOptions,
): Promise<void> {
  const report = (progress: Progress) => activation.progress.report(progress)
  const mostKeyCharacters = settings.maxStepKeyCharacters
  const scope = createScope({ prefix: '', mostKeyCharacters, inDoubt: tool.inDoubt, report }, { isOtherCode })
  const context = new ToolContext({ activation, ledger: claimed.ledger, models, findEntry, describeUnderUndo }, scope)
  const execute = async () => {
    const mayBegin = await settleDoubt(activation, scope, tool, claimed.interrupted)
    if (!mayBegin || activation.life.isOver) return never<Outcome>()
    activation.atWork.enter(scope)
    const result = toJson(await tool.execute(claimed.args, context), 'The result', settings)
    activation.steps.checkEnd(scope)
    return { kind: 'result', result: result as unknown as ToolResult } as const
  }
  let outcome: Outcome
  try {
    outcome = await Promise.race([execute(), activation.life.fatal])
  } catch (error) {
    if (activation.life.hasEnded) return
    if (activation.life.isCut) return activation.handOver.gaveUp(RUN, scope, error)
    onToolError(error)
    outcome = toFailedOutcome(error, settings)
  }
  if (!activation.life.hasEnded) await activation.finish(outcome)
}

function toFailedOutcome(error: unknown, settings: Settings): Outcome {
  const rpcFailure = toRpcFailure(error)
  const steps = failedStepsOf(error)
  const failedSteps = steps.length > 0 ? { failedSteps: steps } : {}
  const misfit = error instanceof JournalMismatch ? { misfit: error.expected } : {}
  if (rpcFailure) return { kind: 'error', error: toKeptFailure(rpcFailure, settings), ...failedSteps, ...misfit }
  const undone = error instanceof UndoneError ? { isUndone: true as const } : {}
  return {
    kind: 'result',
    result: toolError(toKeptFailure(toFailure(error), settings).message),
    ...failedSteps,
    ...undone,
  }
}

/**
 * The task's own call is in doubt when a worker was lost in it before it had left a trace.
 * @returns whether it may be made here
 */
async function settleDoubt(
  activation: Activation,
  scope: Scope,
  { name, inDoubt }: Tool,
  isInterrupted: boolean,
): Promise<boolean> {
  const { journal } = activation
  if (inDoubt === 'repeat' || journal.hasTrace('')) return true
  const intent = activation.attempts.openAttempt(RUN, inDoubt)
  const isWithdrawn = !intent && journal.attempt(RUN_KEY) > 0
  if (!isWithdrawn) {
    const { attempt, supposed } = intent ?? FIRST
    const asked = doubtKey(RUN_KEY, attempt)
    if (!isInterrupted && supposed === undefined && !journal.outcome(asked) && !journal.wait(asked)) return true
    await askAboutDoubt(activation, scope, { intent: intent ?? FIRST, inDoubt, label: `the tool '${name}'` })
  }
  const attempt = Math.max(journal.attempt(RUN_KEY), 1) + 1
  return activation.bodies.mayAttempt(scope, RUN, { attempt, inDoubt }) && activation.bodies.mayBegin(RUN)
}
