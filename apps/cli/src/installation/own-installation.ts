import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Address, type Endpoint, UnreachableError } from '@longhaul/stdio'
import type { Logger } from 'pino'
import { attend } from './attendance.ts'
import { type Launch, launch } from './launch.ts'
import { readRecord } from './record.ts'

/** How often it is looked whether an installation that starts is there. */
const LOOK_EVERY_MS = 50
/**
 * Time for which one that did not start is looked for all the same: another process was quicker, and it is that one's
 * that is about to be there.
 */
const OTHERS_START_WITHIN_MS = 2000

export interface OwnInstallationOptions {
  /** The project folder. */
  readonly dir: string
  /** Instead of that of the person at this machine. */
  readonly key: string | undefined
  readonly log: Logger
}

/**
 * The installation of a project on this machine: the one that runs, whoever started it, else one that is started now and
 * goes on as long as somebody uses it.
 */
export class OwnInstallation implements Endpoint {
  readonly #options: OwnInstallationOptions
  readonly #folder: string
  #found: Promise<Address> | undefined

  constructor(options: OwnInstallationOptions) {
    this.#options = options
    this.#folder = join(options.dir, '.longhaul')
    // It is there, or nearly, when the client has something to say.
    void this.find().catch(() => {})
  }

  find(): Promise<Address> {
    this.#found ??= this.#findOrStart().catch((error) => {
      this.#found = undefined
      throw error
    })
    return this.#found
  }

  async #findOrStart(): Promise<Address> {
    const running = await this.#look()
    if (running) return running
    const started = launch(this.#options.dir, this.#folder)
    for (let isOver = false; !isOver; ) {
      isOver = await Promise.race([started.failed.then(() => true), delay(LOOK_EVERY_MS, false)])
      const found = await this.#look()
      if (found) return found
    }
    return this.#lookForOthers(started)
  }

  async #lookForOthers(started: Launch): Promise<Address> {
    const until = Date.now() + OTHERS_START_WITHIN_MS
    while (Date.now() < until) {
      const found = await this.#look()
      if (found) return found
      await delay(LOOK_EVERY_MS)
    }
    throw new UnreachableError(`Longhaul did not start in ${this.#options.dir}: ${await started.failed}`)
  }

  async #look(): Promise<Address | undefined> {
    const { key, log } = this.#options
    const record = await readRecord(this.#folder)
    const presence = record && (await attend(record.attendancePort, record.run))
    if (!record || !presence) return undefined
    void presence.over.then(() => {
      this.#found = undefined
    })
    log.info({ url: record.url }, 'using the installation of this project')
    for (const problem of record.problems) log.warn({ problem }, 'a problem of the project')
    const used = key ?? record.key
    return { url: record.url, ...(used !== undefined && { key: used }) }
  }
}
