import { activate, type Callees, type Ended, type ModelChooser, type Running, type Tool } from '@longhaul/runtime'
import { newRunId } from '@longhaul/store'
import {
  type Claimed,
  type ClaimStore,
  lacksParts,
  lacksTool,
  type Settings,
  type TaskDraft,
  type TaskHead,
  toWakeUp,
  type WakeUp,
  type WakeUps,
} from '@longhaul/task'
import type { Logger } from 'pino'
import { ClaimNews } from './claim-news.ts'
import type { CodeChanges } from './code-change/code-changes.ts'
import type { Definitions } from './definitions.ts'
import { type Coming, HeldTasks } from './held-tasks.ts'
import type { Hold } from './lease-messages.ts'
import { describeThrown } from './thrown.ts'
import { within } from './within.ts'

export interface TaskRunnerOptions extends Callees {
  readonly worker: string
  readonly claims: ClaimStore
  /** Keeps leases from when they are asked for until they are let go. */
  readonly leases: { hold(hold: Hold): void; noteClaimed(hold: Hold): void; drop(hold: Hold): void }
  readonly wakeUps: WakeUps
  readonly definitions: Definitions
  readonly models: ModelChooser
  readonly codeChanges: Pick<CodeChanges, 'look' | 'settle'>
  /** Tells the tasks above and below one that it has ended. Absent where that is left to the sweeper. */
  readonly closeUp?: (taskId: string) => Promise<void>
  readonly settings: Settings
  readonly log: Logger
  /** Runs a task, with which workers died, in a process of its own. Absent in such a process: it runs nothing else. */
  readonly runAlone?: (taskId: string) => Promise<void>
}

const NOTHING = { entries: [], waits: [] }

const IN_LOG: Readonly<Record<Ended, string>> = {
  finished: 'the task is finished',
  suspended: 'the task is suspended',
  handed_back: 'the task was handed over to another worker',
  lost: 'the task was let go',
}

/** Why a task was let go, where it was not this process that found out. */
const REFUSED = 'a write was refused: it was cancelled, its time was over, or another worker has taken it over'

/** The tasks that this worker has in hand: claims them, runs them, hands them over. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions
  readonly #held = new HeldTasks()
  /** Where it is told what others know of its claims. */
  readonly news: ClaimNews
  /** Wake-ups in hand, from the claim to the end. */
  readonly #advancing = new Set<Promise<void>>()
  #isLeaving = false

  constructor(options: TaskRunnerOptions) {
    this.#options = options
    this.news = new ClaimNews(this.#held, options)
  }

  get size(): number {
    return this.#held.size
  }

  /** Goes on with a task as far as it gets. Never throws: what is left undone comes again by the store's `due`. */
  async advance(wakeUp: WakeUp): Promise<void> {
    const done = this.#advance(wakeUp)
    this.#advancing.add(done)
    await done
    this.#advancing.delete(done)
  }

  async #advance(wakeUp: WakeUp): Promise<void> {
    const { wakeUps, log } = this.#options
    const { taskId } = wakeUp
    const hold = { taskId, runId: newRunId() }
    try {
      const ended = this.#isLeaving ? 'handed_back' : await this.#claim(hold)
      // The wake-up in hand counts until this returns: the queue keeps the new one until then, and no longer.
      if (ended === 'handed_back') await wakeUps.wake([wakeUp])
    } catch (error) {
      log.error({ taskId, err: error }, 'the task could not go on here; it will be taken up again')
    }
  }

  async #claim(hold: Hold): Promise<Ended | undefined> {
    const { claims, leases, worker, settings, log, runAlone } = this.#options
    const { taskId, runId } = hold
    const coming = this.#held.expect(taskId)
    leases.hold(hold)
    try {
      const isAlone = runAlone === undefined
      const claimed = await claims.claim(taskId, { worker, leaseMs: settings.leaseMs, runId, isAlone })
      if (claimed.kind === 'claimed') {
        leases.noteClaimed(hold)
        return await this.#run(coming, claimed)
      }
      if (claimed.kind === 'suspect') return await this.#runAlone(taskId, claimed.head)
      if (claimed.kind === 'dead') log.warn({ taskId, deaths: claimed.deaths }, 'the task failed: workers died with it')
      return undefined
    } finally {
      this.#held.forget(coming)
      leases.drop(hold)
    }
  }

  async #run(coming: Coming, claimed: Claimed): Promise<Ended | undefined> {
    const { taskId } = coming
    const { definitions, models, settings, findEntry, describeUnderUndo, codeChanges, closeUp, log } = this.#options
    const { tool: name } = claimed.head
    const back = { ...NOTHING, dueInMs: settings.wakeGraceMs }
    const leaveToOthers = async () => ((await claimed.ledger.handBack(back)).kind === 'stale' ? 'lost' : 'handed_back')
    if (this.#isLeaving) return leaveToOthers()
    const tool = definitions.findFor(claimed.head) ?? (await this.#restore(taskId, claimed.head))
    if (typeof tool === 'string') {
      log.warn({ taskId, tool: name }, 'this worker has no such tool; the task waits for one that has')
      await claimed.ledger.handBack({ ...back, reason: tool })
      return undefined
    }
    const inHand = { taskId, claimed, tool }
    const settled = codeChanges.look(inHand) ?? (await codeChanges.settle(inHand))
    if (settled.kind === 'let_go') {
      if (settled.ended === 'finished' && claimed.ledger.isOwing) await closeUp?.(taskId)
      return settled.ended
    }
    if (this.#isLeaving) return leaveToOthers()
    const claimedAt = performance.now()
    const onToolError = (error: unknown) =>
      log.debug({ taskId, tool: name, ...describeThrown(error) }, 'the tool threw')
    let why = REFUSED
    const onStoreError = (error: unknown) => {
      why = 'the store refused to save it'
      log.error({ taskId, err: error }, 'the task could not be saved; it will be taken up again')
    }
    const onChildren = (children: readonly TaskDraft[]) =>
      void this.#wake(children.map(({ id, head }) => toWakeUp(id, head)))
    const onWoken = (woken: readonly WakeUp[]) => void this.#wake(woken)
    const { isOtherCode } = settled
    const parts = { taskId, claimed: settled.claimed, isOtherCode, tool, models, settings }
    const callees = { findEntry, describeUnderUndo }
    const running = activate({ ...parts, ...callees, onToolError, onStoreError, onChildren, onWoken })
    const lose = (reason: string) => {
      why = reason
      running.stop(new Error(`The task was let go: ${reason}.`))
    }
    const letGo = this.#held.hold(coming, { claimedAt, claimed, running, lose })
    try {
      const ended = await running.ended
      if (ended === 'finished' && claimed.ledger.isOwing) await closeUp?.(taskId)
      const facts = { taskId, tool: name, ms: Math.round(performance.now() - claimedAt) }
      if (ended === 'lost') log.info({ ...facts, why }, IN_LOG[ended])
      else log.debug(facts, IN_LOG[ended])
      return ended
    } finally {
      letGo()
    }
  }

  /** Children, and tasks of the same tree. A wake-up that cannot be added is the sweeper's business (invariant 2). */
  async #wake(others: readonly WakeUp[]): Promise<void> {
    const { wakeUps, log } = this.#options
    try {
      await wakeUps.wake(others)
    } catch (error) {
      log.warn({ err: error }, 'other tasks could not be woken; that is made up for')
    }
  }

  /** A definition that was pinned for a task, and that this worker has not got; or why it cannot run the task. */
  async #restore(taskId: string, { tool, pinned }: TaskHead): Promise<Tool | string> {
    const { claims, definitions } = this.#options
    const content = pinned === undefined ? undefined : await claims.readPin(taskId, pinned)
    // A store that went back in time may have lost it.
    if (pinned === undefined || content === undefined) return definitions.find(tool) ?? lacksTool(tool)
    try {
      return definitions.restore(pinned, content)
    } catch (error) {
      return lacksParts(tool, (error as Error).message)
    }
  }

  async #runAlone(taskId: string, head: TaskHead): Promise<Ended | undefined> {
    const { definitions, runAlone } = this.#options
    const canRun = head.pinned !== undefined || definitions.find(head.tool) !== undefined
    // What it cannot run at all, or takes no more, is left to another worker.
    if (!this.#isLeaving && canRun) await runAlone?.(taskId)
    return this.#isLeaving ? 'handed_back' : undefined
  }

  /**
   * Takes nothing more, and hands over every task at its next step. After `shutdownGraceMs` what still runs is told to
   * stop, and after `abortGraceMs` it is left in doubt. Resolves when every task is let go, as far as this worker goes.
   */
  async leave(): Promise<void> {
    const { shutdownGraceMs, abortGraceMs } = this.#options.settings
    this.#isLeaving = true
    this.#tellAll((running) => running.handOver())
    await within(shutdownGraceMs, this.idle())
    const reason = new Error('This worker stops; the task goes on elsewhere.')
    this.#tellAll((running) => running.abort(reason))
    await within(abortGraceMs, this.idle())
    this.#tellAll((running) => running.letGo())
  }

  /** Resolves when every task that is in hand now is let go. */
  async letGoOfThese(): Promise<void> {
    await Promise.all(this.#advancing)
  }

  /** Resolves when no task is in hand. */
  async idle(): Promise<void> {
    while (this.#advancing.size > 0) await Promise.all(this.#advancing)
  }

  #tellAll(tell: (running: Running) => void): void {
    for (const [, { running }] of this.#held.entries()) tell(running)
  }
}
