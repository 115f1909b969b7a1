import { activate, type ModelChooser, type Running } from '@longhaul/runtime'
import type { Claimed, ClaimStore, Settings } from '@longhaul/task'
import type { Logger } from 'pino'
import type { Definitions } from './definitions.ts'

export interface TaskRunnerOptions {
  readonly worker: string
  readonly claims: ClaimStore
  readonly definitions: Definitions
  readonly models: ModelChooser
  readonly settings: Settings
  readonly log: Logger
}

interface Held {
  readonly claimed: Claimed
  readonly running: Running
}

/** The tasks that this worker has in hand: claims them, runs them, keeps their leases. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions
  readonly #held = new Map<string, Held>()

  constructor(options: TaskRunnerOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#held.size
  }

  /** Goes on with a task as far as it gets. Never throws: what is left undone comes again by the store's `due`. */
  async advance(taskId: string): Promise<void> {
    const { claims, worker, settings, log } = this.#options
    try {
      const claimed = await claims.claim(taskId, { worker, leaseMs: settings.leaseMs })
      if (claimed.kind === 'claimed') await this.#run(taskId, claimed)
    } catch (error) {
      log.error({ taskId, err: error }, 'the task could not go on here; it will be taken up again')
    }
  }

  async #run(taskId: string, claimed: Claimed): Promise<void> {
    const { definitions, models, settings, log } = this.#options
    const { tool: name } = claimed.head
    const tool = definitions.find(name)
    if (!tool) {
      log.warn({ taskId, tool: name }, 'this worker has no such tool; the task waits for one that has')
      return claimed.ledger.handBack(settings.wakeGraceMs)
    }
    const startedAt = performance.now()
    const onToolError = (error: unknown) => log.debug({ taskId, tool: name, err: error }, 'the tool threw')
    const running = activate({ taskId, claimed, tool, models, settings, onToolError })
    this.#held.set(taskId, { claimed, running })
    try {
      const ended = await running.ended
      const facts = { taskId, tool: name, ms: Math.round(performance.now() - startedAt) }
      if (ended === 'lost') log.info(facts, 'the task was cancelled, or taken over by another worker')
      else log.debug(facts, `the task is ${ended}`)
    } finally {
      if (this.#held.get(taskId)?.running === running) this.#held.delete(taskId)
    }
  }

  /** Prolongs the lease of every task in hand, in one round trip. */
  async renew(): Promise<void> {
    if (this.#held.size === 0) return
    const held = [...this.#held]
    const claims = held.map(([taskId, { claimed }]) => ({ taskId, token: claimed.token, known: claimed.ledger.known }))
    const { lost, grown } = await this.#options.claims.renew(claims, this.#options.settings.leaseMs)
    // A task that was let go and claimed anew meanwhile is another claim than the one that was asked about.
    const asked = new Map(held)
    for (const taskId of lost) if (this.#held.get(taskId) === asked.get(taskId)) this.hear('lost', taskId)
    for (const taskId of grown) this.hear('grown', taskId)
  }

  /** News of a task in hand. */
  hear(news: 'lost' | 'grown', taskId: string): void {
    const running = this.#held.get(taskId)?.running
    if (news === 'grown') running?.lookAgain()
    else running?.stop(new Error('The task was cancelled, or taken over by another worker.'))
  }

  /** Lets everything go as it is. What had begun is in doubt, and the leases run out. */
  stopAll(reason: Error): void {
    for (const { running } of this.#held.values()) running.stop(reason)
  }

  /** Resolves when no task is in hand. */
  async idle(): Promise<void> {
    while (this.#held.size > 0) await Promise.all([...this.#held.values()].map(({ running }) => running.ended))
  }
}
