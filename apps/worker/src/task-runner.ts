import { activate, type ModelChooser, type Running } from '@longhaul/runtime'
import type { Claimed, ClaimStore, HeldClaim, Settings } from '@longhaul/task'
import type { Logger } from 'pino'
import type { Definitions } from './definitions.ts'
import { describeThrown } from './thrown.ts'

export interface TaskRunnerOptions {
  readonly worker: string
  readonly claims: ClaimStore
  readonly definitions: Definitions
  readonly models: ModelChooser
  readonly settings: Settings
  readonly log: Logger
  /** Runs a task, with which workers died, in a process of its own. Absent in such a process: it runs nothing else. */
  readonly runAlone?: (taskId: string) => Promise<void>
}

interface Held {
  /** By `performance.now()`. */
  readonly claimedAt: number
  readonly claimed: Claimed
  readonly running: Running
}

/** The tasks that this worker has in hand: claims them, runs them, keeps their leases. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions
  readonly #held = new Map<string, Held>()
  /** Wake-ups in hand, from the claim to the end. */
  readonly #advancing = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: TaskRunnerOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#held.size
  }

  /** Goes on with a task as far as it gets. Never throws: what is left undone comes again by the store's `due`. */
  async advance(taskId: string): Promise<void> {
    const done = this.#advance(taskId)
    this.#advancing.add(done)
    await done
    this.#advancing.delete(done)
  }

  async #advance(taskId: string): Promise<void> {
    const { claims, worker, settings, log, runAlone } = this.#options
    try {
      const isAlone = runAlone === undefined
      const claimed = await claims.claim(taskId, { worker, leaseMs: settings.leaseMs, isAlone })
      if (claimed.kind === 'claimed') await this.#run(taskId, claimed)
      else if (claimed.kind === 'suspect') await this.#runAlone(taskId, claimed.tool)
      else if (claimed.kind === 'dead')
        log.warn({ taskId, deaths: claimed.deaths }, 'the task failed: workers died with it')
    } catch (error) {
      log.error({ taskId, err: error }, 'the task could not go on here; it will be taken up again')
    }
  }

  async #run(taskId: string, claimed: Claimed): Promise<void> {
    const { definitions, models, settings, log } = this.#options
    const { tool: name } = claimed.head
    // Nothing has begun, so that nothing is in doubt for the worker that takes it.
    if (this.#isStopped) return claimed.ledger.handBack(0)
    const tool = definitions.find(name)
    if (!tool) {
      log.warn({ taskId, tool: name }, 'this worker has no such tool; the task waits for one that has')
      return claimed.ledger.handBack(settings.wakeGraceMs)
    }
    const claimedAt = performance.now()
    const onToolError = (error: unknown) =>
      log.debug({ taskId, tool: name, ...describeThrown(error) }, 'the tool threw')
    const onStoreError = (error: unknown) =>
      log.error({ taskId, err: error }, 'the task could not be saved; it will be taken up again')
    const running = activate({ taskId, claimed, tool, models, settings, onToolError, onStoreError })
    this.#held.set(taskId, { claimedAt, claimed, running })
    try {
      const ended = await running.ended
      const facts = { taskId, tool: name, ms: Math.round(performance.now() - claimedAt) }
      if (ended === 'lost') log.info(facts, 'the task was let go: cancelled, taken over, or left to another worker')
      else log.debug(facts, `the task is ${ended}`)
    } finally {
      if (this.#held.get(taskId)?.running === running) this.#held.delete(taskId)
    }
  }

  async #runAlone(taskId: string, tool: string): Promise<void> {
    const { definitions, runAlone } = this.#options
    // What it cannot run at all, or takes no more, is left to another worker.
    if (!this.#isStopped && definitions.find(tool)) await runAlone?.(taskId)
  }

  /** Prolongs the lease of every task in hand, in one round trip. */
  async renew(): Promise<void> {
    if (this.#held.size === 0) return
    const held = [...this.#held]
    const { lost, grown } = await this.#options.claims.renew(held.map(toHeldClaim), this.#options.settings.leaseMs)
    this.#lose(lost, held)
    for (const taskId of grown) this.hear('grown', taskId)
  }

  /**
   * After the store lost its newest records: goes on with what is still there whole, and lets the rest go. A task that
   * was claimed after `soundAt` (performance.now()) may have been claimed without a word of what is forgotten.
   */
  async carryOver(soundAt: number): Promise<void> {
    const held = [...this.#held]
    this.#lose(
      held.flatMap(([taskId, { claimedAt }]) => (claimedAt > soundAt ? [taskId] : [])),
      held,
    )
    const older = held.filter(([, { claimedAt }]) => claimedAt <= soundAt)
    if (older.length > 0) this.#lose((await this.#options.claims.carryOver(older.map(toHeldClaim))).lost, older)
  }

  #lose(lost: readonly string[], held: readonly [string, Held][]): void {
    // A task that was let go and claimed anew meanwhile is another claim than the one that was asked about.
    const asked = new Map(held)
    for (const taskId of lost) if (this.#held.get(taskId) === asked.get(taskId)) this.hear('lost', taskId)
  }

  /** News of a task in hand. */
  hear(news: 'lost' | 'grown', taskId: string): void {
    const running = this.#held.get(taskId)?.running
    if (news === 'grown') running?.lookAgain()
    else running?.stop(new Error('The task was cancelled, or taken over by another worker.'))
  }

  /** Lets everything go as it is, and takes nothing more. What had begun is in doubt, and the leases run out. */
  stopAll(reason: Error): void {
    this.#isStopped = true
    for (const { running } of this.#held.values()) running.stop(reason)
  }

  /** Resolves when no task is in hand. */
  async idle(): Promise<void> {
    while (this.#advancing.size > 0) await Promise.all(this.#advancing)
  }
}

const toHeldClaim = ([taskId, { claimed }]: [string, Held]): HeldClaim => ({
  taskId,
  token: claimed.token,
  known: claimed.ledger.known,
})
