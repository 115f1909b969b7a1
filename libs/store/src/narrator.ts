import type { Delta, LogLevel, Progress, Settings, TaskEvent } from '@longhaul/task'
import type { Claim } from './claim.ts'
import type { Connection } from './connection.ts'
import { deltaChannel, taskKeys } from './keys.ts'
import { shorten } from './record.ts'

/** What a claim tells whoever follows its task, or the task that was submitted: none of it is in the journal. */
export class Narrator {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #claim: Claim

  constructor(connection: Connection, settings: Settings, claim: Claim) {
    this.#connection = connection
    this.#settings = settings
    this.#claim = claim
  }

  async progress(progress: Progress): Promise<void> {
    const { taskId, token, head } = this.#claim
    const { record, events } = taskKeys(taskId)
    // JSON has no NaN or Infinity; what would be stored could not be compared any more.
    if (!Number.isFinite(progress.progress)) return
    const message = shorten(progress.message ?? '', this.#settings)
    const kept = { ...progress, ...(message && { message }) }
    const args = [taskId, token, kept.progress, JSON.stringify(kept), message]
    await this.#connection.call({ script: 'progress', keys: [record, events], args })
    const { tool, lineage } = head
    if (lineage && message) await this.#tellAbove('progress', '', shorten(`${tool}: ${message}`, this.#settings))
  }

  async log(level: LogLevel, data: unknown, logger?: string): Promise<void> {
    await this.#say('log', { level, data: data ?? null, logger })
  }

  async elicited(elicitationId: string): Promise<void> {
    await this.#say('elicited', { elicitationId })
  }

  async delta(delta: Delta): Promise<void> {
    await this.#connection.send((redis) => redis.publish(deltaChannel(this.#claim.taskId), JSON.stringify(delta)))
  }

  async #say(type: TaskEvent['type'], members: object): Promise<void> {
    const { taskId, token } = this.#claim
    const { record, events } = taskKeys(taskId)
    const text = `,${JSON.stringify(members).slice(1, -1)}`
    await this.#connection.call({ script: 'say', keys: [record, events], args: [taskId, token, type, text] })
    await this.#tellAbove(type, text)
  }

  /** Whoever follows the task that was submitted hears of those below it. */
  async #tellAbove(type: TaskEvent['type'], members: string, message = ''): Promise<void> {
    const { taskId, token, head } = this.#claim
    if (!head.lineage) return
    const { record, events } = taskKeys(taskId)
    const above = head.lineage.ancestors.map((id) => taskKeys(id).record)
    const args = [taskId, token, type, members, message]
    await this.#connection.call({ script: 'tell-above', keys: [record, events, ...above], args })
  }
}
