import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Address, type Endpoint, UnreachableError, type Want } from '@longhaul/stdio'
import type { Logger } from 'pino'
import { attend, type Presence } from './attendance.ts'
import { launch } from './launch.ts'
import { readRecord } from './record.ts'

/** How often it is looked whether an installation that starts is there. */
const LOOK_EVERY_MS = 50
/**
 * Time for which one that did not start is looked for all the same: another process was quicker, and it is that one's
 * that is about to be there.
 */
const OTHERS_START_WITHIN_MS = 5000
/** Time in which a person who has ended an installation starts it again, if at all. */
const PEOPLE_START_WITHIN_MS = 10_000

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
  /** When one ended that somebody had started by hand, Unix ms. */
  #endedByHandAt: number | undefined
  #presence: Presence | undefined

  constructor(options: OwnInstallationOptions) {
    this.#options = options
    this.#folder = join(options.dir, '.longhaul')
    // It is there, or nearly, when the client has something to say.
    void this.find('work').catch(() => {})
  }

  /** Uses it no more. */
  leave(): void {
    this.#presence?.leave()
  }

  find(want: Want): Promise<Address> {
    this.#found ??= this.#findOrStart(want).catch((error: Error) => {
      this.#found = undefined
      throw error instanceof UnreachableError ? error : new UnreachableError(this.#couldNotStart(error.message))
    })
    return this.#found
  }

  async #findOrStart(want: Want): Promise<Address> {
    const running = await this.#look()
    if (running) return running
    if (want === 'goodbye') throw new UnreachableError('The installation has ended.')
    if (this.#endedByHandAt !== undefined) {
      // Who has ended it did not mean it to come back by itself.
      if (want === 'news') throw new UnreachableError('The installation has ended.')
      const again = await this.#lookUntil(this.#endedByHandAt + PEOPLE_START_WITHIN_MS)
      if (again) return again
    }
    return this.#start()
  }

  async #start(): Promise<Address> {
    const { failed } = launch(this.#options.dir, this.#folder)
    for (let isOver = false; !isOver; ) {
      isOver = await Promise.race([failed.then(() => true), delay(LOOK_EVERY_MS, false)])
      const started = await this.#look()
      if (started) return started
    }
    const others = await this.#lookUntil(Date.now() + OTHERS_START_WITHIN_MS)
    if (others) return others
    throw new UnreachableError(this.#couldNotStart(await failed))
  }

  async #lookUntil(time: number): Promise<Address | undefined> {
    while (Date.now() < time) {
      const found = await this.#look()
      if (found) return found
      await delay(LOOK_EVERY_MS)
    }
    return undefined
  }

  async #look(): Promise<Address | undefined> {
    const { key, log } = this.#options
    const record = await readRecord(this.#folder)
    const presence = record && (await attend(record.attendancePort, record.run))
    if (!record || !presence) return undefined
    this.#presence = presence
    const { url, whileUsed, problems } = record
    void presence.over.then(() => {
      this.#found = undefined
      this.#endedByHandAt = whileUsed ? undefined : Date.now()
    })
    log.info({ url }, 'using the installation of this project')
    for (const problem of problems) log.warn({ problem }, 'a problem of the project')
    const used = key ?? record.key
    return { url, ...(used !== undefined && { key: used }) }
  }

  #couldNotStart(reason: string): string {
    return `Longhaul did not start in ${this.#options.dir}: ${reason}`
  }
}
