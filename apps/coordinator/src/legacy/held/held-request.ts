import type { OpenQuestion } from '@longhaul/engine'
import { RpcError, type RpcResponse, toError, toRpcError } from '@longhaul/protocol'
import type { SessionNotice } from '@longhaul/store'
import {
  type FinishedTask,
  LonghaulError,
  type Nudge,
  type Task,
  type TaskEvent,
  type Unsubscribe,
} from '@longhaul/task'
import { canAnswer } from '../../can-answer.ts'
import type { Deps } from '../../deps.ts'
import { FollowedTask } from '../../followed-task.ts'
import { isUnavailable } from '../../is-unavailable.ts'
import type { MessageStream } from '../../message-stream.ts'
import { handleInstead, msLeft } from '../../task-tools/handle.ts'
import { type Held, requestKey } from './held.ts'
import { HeldNews } from './held-news.ts'
import { HeldQuestions } from './held-questions.ts'
import { HeldTask } from './held-task.ts'
import { giveUpHeld, leaveHeld } from './leave-held.ts'
import { type HadByNow, ResumableStream } from './resumable-stream.ts'
import { toHeldResponse } from './to-held-response.ts'

/**
 * Answers a request with the end of its task, however long that takes, and shows the task's questions and progress
 * meanwhile. Everything it knows is in the store and in its event ids, so it can break and go on anywhere.
 */
export class HeldRequest {
  readonly #deps: Deps
  readonly #held: Held
  readonly #stream: ResumableStream
  readonly #since = Date.now()
  readonly #task: FollowedTask
  readonly #known: HeldTask
  readonly #questions: HeldQuestions
  readonly #news: HeldNews
  /** Where it goes on with a request that has. */
  #hasBegun: boolean
  #hasTakenOver = false
  #keptAt = Date.now()
  #isWithdrawn = false
  /** Answered, or withdrawn and given up. */
  #isDone = false

  constructor(deps: Deps, held: Held, stream: MessageStream) {
    this.#deps = deps
    this.#held = held
    this.#stream = new ResumableStream(held, stream, () => this.#hadByNow())
    this.#questions = new HeldQuestions(deps, held, this.#stream)
    this.#news = new HeldNews(deps, held, this.#stream)
    this.#known = new HeldTask(deps, held)
    this.#hasBegun = held.resumed !== undefined
    const { taskId, isRelated, looked, resumed } = held
    this.#task = new FollowedTask(deps, {
      taskId,
      // Others may have told meanwhile what happened to a task that its caller knows of.
      after: isRelated ? undefined : (looked ?? resumed)?.seq,
      onEvent: (event) => this.#onEvent(event),
      listen: () => this.#listen(),
      hearsTask: () => this.#known.isOfSession,
      look: () => this.#look(),
      isOver: () => this.#isDone || !stream.isOpen,
      isPatient: () => true,
    })
    void stream.closed.then(() => {
      this.#questions.close()
      this.#task.lookAgain()
    })
  }

  /**
   * Resolves when the stream is over: answered, withdrawn, or left by the client.
   * @throws what broke it, after an answer that does not tell
   */
  async run(): Promise<void> {
    const { looked } = this.#held
    this.#stream.open(this.#deps.settings.streamMaxMs)
    try {
      if (looked && 'outcome' in looked) this.#answer(toHeldResponse(this.#held, looked))
      else await this.#task.follow()
      if (!this.#isDone) await this.#leave()
    } catch (error) {
      // A store that is away when the client has gone hears nothing of that.
      if (!isUnavailable(error)) this.#fail(error)
    } finally {
      this.#stream.end()
    }
  }

  #fail(error: unknown): void {
    this.#answer(toError(this.#held.requestId, toRpcError(error)))
    if (!(error instanceof LonghaulError || error instanceof RpcError)) throw error
  }

  /** Answers when there is an answer, and shows what there is to show. @returns how long it may take, ms */
  async #look(): Promise<number> {
    const { settings } = this.#deps
    const { isRelated } = this.#held
    await this.#takeOver()
    const looked = [this.#known.look(), this.#isNotedWithdrawn(), this.#keepSession()] as const
    const [task, isNoted, isKept] = await Promise.all(looked)
    this.#isWithdrawn ||= isNoted
    await this.#news.claim(task)
    await this.#task.catchUp(task.seq)
    const finished = 'outcome' in task ? task : await this.#handleInstead(task)
    if ('outcome' in task) await this.#questions.callOffAll()
    if (this.#isWithdrawn) await this.#giveUp()
    else if (finished) this.#answer(toHeldResponse(this.#held, finished))
    else if (!isKept) this.#stream.end()
    else if (this.#stream.isOpen) await this.#questions.show(task)
    return isRelated ? Number.POSITIVE_INFINITY : msLeft({ since: this.#since, task }, settings)
  }

  /** It may have been withdrawn before this coordinator listened, and no message is sure to arrive. */
  async #isNotedWithdrawn(): Promise<boolean> {
    const { sessions } = this.#deps
    const id = this.#held.viewer.session.id
    if (this.#hasBegun) return sessions.isWithdrawn(id, requestKey(this.#held))
    const isWithdrawn = await sessions.begin(id, requestKey(this.#held), this.#cameAt())
    this.#hasBegun = true
    return isWithdrawn
  }

  /** Unix ms; of a plain call also where it is sent again since its answer was lost, and nobody else had its task called off. */
  #cameAt(): number {
    const { isRelated, looked } = this.#held
    return isRelated || !looked ? this.#since : Math.min(this.#since, looked.head.createdAt)
  }

  /** From the stream that this one resumes. */
  async #takeOver(): Promise<void> {
    const { delivery, engine } = this.#deps
    const { taskId, viewer, resumed } = this.#held
    if (!resumed || this.#hasTakenOver) return
    // The event id is what a client sent: nothing is touched before it has shown its right.
    await engine.inspect(viewer.principal, taskId)
    await delivery.leave(taskId, resumed.stream)
    this.#hasTakenOver = true
  }

  /** Keeps the session now and then; the request itself has just done so. @returns whether it is still there */
  async #keepSession(): Promise<boolean> {
    const { sessions, settings } = this.#deps
    if (Date.now() - this.#keptAt < settings.deliveryLeaseMs / 3) return true
    this.#keptAt = Date.now()
    return sessions.keep(this.#held.viewer.session)
  }

  /** A plain caller does not wait for ever. */
  async #handleInstead(task: Task): Promise<FinishedTask | undefined> {
    const { viewer, isRelated } = this.#held
    if (isRelated) return undefined
    const { principal, audience } = viewer
    const canBeAsked = (question: OpenQuestion) => canAnswer(audience, question)
    const outcome = await handleInstead(this.#deps, { principal, task, since: this.#since, canBeAsked })
    return outcome && { ...task, outcome }
  }

  async #listen(): Promise<Unsubscribe> {
    const { watch } = this.#deps
    const stops = await Promise.all([
      watch.watchSession(this.#held.viewer.session.id, (notice) => this.#onNotice(notice)),
      this.#news.listenToModels(),
    ])
    return async () => {
      await Promise.all(stops.map((stop) => stop()))
    }
  }

  async #onEvent(event: TaskEvent | Nudge): Promise<void> {
    switch (event.type) {
      case 'progress':
        return this.#news.tellProgress(event.progress)
      case 'log':
      case 'elicited':
        return this.#news.tellSaid(event)
      case 'resolved':
        this.#questions.forget(event.key)
        // The client may still keep it.
        if (this.#questions.mayBeKept) this.#task.lookAgain()
        return
      case 'finished':
        this.#known.learnEnd(event)
        this.#task.lookAgain()
        return
      case 'refused':
      case 'asked':
      case 'look':
        this.#task.lookAgain()
    }
  }

  #onNotice(notice: SessionNotice): void {
    switch (notice.type) {
      case 'log_level':
        this.#news.setLogLevel(notice.level)
        break
      case 'knows_own_tasks_only':
        this.#questions.leaveTaskUnnamed()
        break
      case 'hosted':
        this.#questions.learn(notice)
        break
      case 'adopted':
        if (notice.taskId === this.#held.taskId) this.#task.lookAgain()
        break
      case 'closed':
        this.#stream.end()
        break
      case 'withdrawn':
        if (notice.requestId !== requestKey(this.#held)) break
        this.#isWithdrawn = true
        this.#task.lookAgain()
        break
      case 'subscribed':
      case 'unsubscribed':
      case 'taken':
        break
      default:
        if (notice.taskId === this.#held.taskId) this.#task.take(notice)
    }
  }

  #answer(response: RpcResponse): void {
    this.#end()
    this.#stream.send(response)
  }

  async #giveUp(): Promise<void> {
    await giveUpHeld(this.#deps, this.#held, this.#stream)
    this.#end()
  }

  async #leave(): Promise<void> {
    if (!this.#hasBegun) await this.#isNotedWithdrawn()
    // A client that is gone already leaves what it had come for, too.
    await this.#takeOver()
    await leaveHeld(this.#deps, this.#held, this.#stream)
  }

  #end(): void {
    this.#isDone = true
    this.#news.close()
    this.#questions.close()
  }

  #hadByNow(): HadByNow {
    const { last } = this.#task
    return { shown: this.#questions.shown, ...(last !== undefined && { seq: last }) }
  }
}
