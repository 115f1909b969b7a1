import { legacy } from '@longhaul/protocol'
import type { LogLevel, LogMessage, Progress, Task, Unsubscribe } from '@longhaul/task'
import type { Deps } from '../../deps.ts'
import { listenToModels } from '../../listen-to-models.ts'
import { type Said, toSaid } from '../said.ts'
import { logLevelOf, progressTokenFor } from '../viewer.ts'
import type { Held } from './held.ts'
import type { ResumableStream } from './resumable-stream.ts'

/** What the task of a held request says on the way, as far as its stream is the one that tells it. */
export class HeldNews {
  readonly #deps: Deps
  readonly #held: Held
  readonly #stream: ResumableStream
  /** Set while this stream is the one that tells the progress. */
  #progressToken: string | number | undefined
  /** Until it is known for the first time whether it is, and may be told anything: an event may come before. */
  #firstLook: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>()
  #logLevel: LogLevel
  #isClosed = false

  constructor(deps: Deps, held: Held, stream: ResumableStream) {
    this.#deps = deps
    this.#held = held
    this.#stream = stream
    this.#logLevel = logLevelOf(held.viewer)
  }

  /** What the session wants to hear from now on. */
  setLogLevel(level: LogLevel): void {
    this.#logLevel = level
  }

  /** Tries to be the stream that tells the progress. */
  async claim(task: Task): Promise<void> {
    const token = progressTokenFor(this.#held.viewer, task)
    const tells = token !== undefined && (await this.#mayTell())
    this.#progressToken = tells ? token : undefined
    this.#firstLook?.resolve()
    this.#firstLook = undefined
  }

  async tellProgress(progress: Progress): Promise<void> {
    if (!(await this.#isToBeTold()) || this.#progressToken === undefined) return
    const { viewer, taskId, isRelated } = this.#held
    const about = { features: viewer.features, ...(isRelated && { taskId }) }
    this.#stream.send(legacy.toProgressNotification(this.#progressToken, progress, about))
  }

  async tellSaid(event: Said): Promise<void> {
    if (!(await this.#isToBeTold())) return
    const { viewer, taskId, isRelated } = this.#held
    const message = toSaid(event, { viewer, logLevel: this.#logLevel, ...(isRelated && { taskId }) })
    if (!message || !(await this.#mayTell()) || this.#isClosed) return
    this.#stream.send(message)
  }

  listenToModels(): Promise<Unsubscribe> {
    const tell = (message: LogMessage) => void this.tellSaid({ type: 'log', ...message }).catch(() => {})
    return listenToModels(this.#deps, { taskId: this.#held.taskId, least: this.#logLevel, tell })
  }

  /** Tells nothing more. */
  close(): void {
    this.#isClosed = true
  }

  /** Of a task that its caller knows of, the stream that told until now may have told what comes before the first look. */
  async #isToBeTold(): Promise<boolean> {
    if (this.#firstLook && this.#held.isRelated) return false
    await this.#firstLook?.promise
    return !this.#isClosed
  }

  /** Other streams may be open for a task that its caller knows of, and one of them tells. */
  async #mayTell(): Promise<boolean> {
    const { taskId, isRelated } = this.#held
    return !isRelated || this.#deps.delivery.tell(taskId, this.#stream.id, 'task')
  }
}
