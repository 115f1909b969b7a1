import { randomBytes } from 'node:crypto'
import { legacy } from '@longhaul/protocol'
import type { SessionNotice } from '@longhaul/store'
import { type LogLevel, LonghaulError, type Task, type Unsubscribe } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { ListWatch } from '../exposed/list-watch.ts'
import type { MessageStream } from '../message-stream.ts'
import { HostedQuestions } from './hosted-questions.ts'
import { type Said, toSaid } from './said.ts'
import { SessionSubscriptions } from './session-subscriptions.ts'
import { showQuestions } from './show-questions.ts'
import { canBeAsked, knowsOf, logLevelOf, progressTokenFor, type Viewer } from './viewer.ts'

/**
 * Time in which a client has the handle of a task that it made or asked for. It comes over another connection than this
 * stream, and who is asked about a task that it does not know yet refuses.
 */
const HANDLE_ARRIVES_WITHIN_MS = 500

/**
 * The stream that a client opens with GET: what its tasks have to say and no other stream says, and which lists and
 * resources have changed. Questions, progress and log messages go to the stream of a tasks/result or tools/call where
 * there is one; a change of status is told here.
 */
export class SessionStream {
  readonly #deps: Deps
  readonly #viewer: Viewer
  readonly #stream: MessageStream
  readonly #id = randomBytes(9).toString('base64url')
  /** Tasks that this stream shows something of. */
  readonly #attended = new Set<string>()
  /** Questions of tasks whose handle may still be on its way. */
  readonly #early = new Map<string, NodeJS.Timeout>()
  readonly #lists: ListWatch
  readonly #subscriptions: SessionSubscriptions
  readonly #hosted: HostedQuestions | undefined
  /** Whether the client is told to which task a question belongs. */
  #isRelated: boolean
  #logLevel: LogLevel
  #hasTaken = false
  readonly #opened = Promise.withResolvers<void>()
  /** Nothing is sent before the client has its answer. */
  #work: Promise<void> = this.#opened.promise

  constructor(deps: Deps, viewer: Viewer, stream: MessageStream) {
    this.#deps = deps
    this.#viewer = viewer
    this.#stream = stream
    this.#logLevel = logLevelOf(viewer)
    this.#isRelated = !viewer.session.knowsOwnTasksOnly
    this.#hosted =
      viewer.hosting && new HostedQuestions({ deps, viewer, send: (request) => this.#stream.send(request) })
    this.#lists = new ListWatch({
      catalog: deps.catalog,
      lists: ['tools', 'prompts', 'resources'],
      onChanged: (list) => stream.send(legacy.toListChanged(list)),
    })
    this.#subscriptions = new SessionSubscriptions(deps, viewer.session.id, (uri) =>
      stream.send(legacy.toResourceUpdated(uri)),
    )
  }

  /** Resolves when the stream is over. @throws what broke it */
  async run(): Promise<void> {
    const { watch, sessions, delivery, settings } = this.#deps
    const stop = await watch.watchSession(this.#viewer.session.id, (notice) => this.#do(() => this.#onNotice(notice)))
    const refresh = setInterval(() => void this.#refresh().catch(() => {}), settings.deliveryLeaseMs / 3)
    let stopLists: Unsubscribe | undefined
    try {
      stopLists = await this.#lists.open(() => this.#do(() => this.#lists.look()))
      await this.#subscriptions.open()
      // A session has one such stream: a second one takes over, so that each message goes to exactly one (R14).
      await sessions.tell(this.#viewer.session.id, { type: 'taken', stream: this.#id })
      // A client that has its answer misses nothing from then on.
      this.#stream.open()
      this.#opened.resolve()
      this.#do(() => this.#goOnWithHosted())
      this.#do(() => this.#showUnshown())
      await this.#stream.closed
      // Whoever still hears of a question would show it to nobody, and keep it from others.
      await stop()
      await this.#work
    } finally {
      clearInterval(refresh)
      this.#hosted?.close()
      await stop()
      for (const timer of this.#early.values()) clearTimeout(timer)
      await stopLists?.()
      await this.#subscriptions.close()
      await Promise.all([...this.#attended].map((taskId) => delivery.leave(taskId, this.#id)))
    }
  }

  /** One thing after the other, in the order in which they were heard of. */
  #do(work: () => Promise<void>): void {
    this.#work = this.#work.then(work)
    this.#work.catch(() => this.#stream.end())
  }

  async #onNotice(notice: SessionNotice): Promise<void> {
    switch (notice.type) {
      case 'closed':
        return this.#stream.end()
      case 'taken':
        // All streams hear these in one order, so of two that open at once it is the later that stays.
        if (notice.stream === this.#id) this.#hasTaken = true
        else if (this.#hasTaken) this.#stream.end()
        return
      case 'asked':
        await this.#tellStatus(notice.taskId)
        return this.#showInTime(notice.taskId)
      case 'refused':
        return this.#show(notice.taskId)
      case 'look':
        // The client may have just asked for the task, and not have the response yet.
        return this.#showLater(notice.taskId, HANDLE_ARRIVES_WITHIN_MS)
      case 'resolved':
        await this.#tellStatus(notice.taskId)
        return this.#hosted && this.#show(notice.taskId)
      case 'suspended':
      case 'handed_back':
        return notice.isPaused && this.#tellStatus(notice.taskId)
      case 'paused':
      case 'resumed':
        return this.#tellStatus(notice.taskId)
      case 'finished':
        this.#attended.delete(notice.taskId)
        await this.#hosted?.settle(notice.taskId, [])
        return this.#tellStatus(notice.taskId)
      case 'hosted':
        return this.#hosted?.learn(notice)
      case 'knows_own_tasks_only':
        this.#isRelated = false
        return
      case 'progress':
        return this.#tellProgress(notice)
      case 'log':
      case 'elicited':
        return this.#tellSaid(notice)
      case 'log_level':
        this.#logLevel = notice.level
        return
      case 'subscribed':
        return this.#subscriptions.add(notice.uri)
      case 'unsubscribed':
        return this.#subscriptions.remove(notice.uri)
    }
  }

  async #tellStatus(taskId: string): Promise<void> {
    const task = await this.#read(taskId)
    if (!task || !this.#viewer.features.tasks || !knowsOf(this.#viewer, task)) return
    this.#stream.send(legacy.toStatusNotification(task, this.#deps.settings.pollIntervalMs))
  }

  /** Progress of a plain call is on the stream of its request, or nowhere. */
  async #tellProgress({ taskId, progress }: Extract<SessionNotice, { type: 'progress' }>): Promise<void> {
    const task = await this.#read(taskId)
    if (!task || !knowsOf(this.#viewer, task)) return
    const token = progressTokenFor(this.#viewer, task)
    if (token === undefined || !(await this.#deps.delivery.tell(taskId, this.#id, 'session'))) return
    this.#attended.add(taskId)
    const about = { features: this.#viewer.features, taskId }
    this.#stream.send(legacy.toProgressNotification(token, progress, about))
  }

  /** What the tool of a plain call says is on the stream of its request, or nowhere. */
  async #tellSaid(event: Extract<SessionNotice, Said>): Promise<void> {
    const { taskId } = event
    const message = toSaid(event, { viewer: this.#viewer, logLevel: this.#logLevel, taskId })
    const task = message && (await this.#read(taskId))
    if (!message || !task || !knowsOf(this.#viewer, task)) return
    if (!(await this.#deps.delivery.tell(taskId, this.#id, 'session'))) return
    this.#attended.add(taskId)
    this.#stream.send(message)
  }

  async #showInTime(taskId: string, isFirst = false): Promise<void> {
    const task = await this.#read(taskId)
    if (!task || !knowsOf(this.#viewer, task)) return this.#show(taskId, isFirst)
    const earlyMs = task.head.createdAt + HANDLE_ARRIVES_WITHIN_MS - Date.now()
    if (earlyMs <= 0) return this.#show(taskId, isFirst)
    // Clocks of coordinators may differ.
    this.#showLater(taskId, Math.min(earlyMs, HANDLE_ARRIVES_WITHIN_MS))
  }

  #showLater(taskId: string, ms: number): void {
    if (this.#early.has(taskId)) return
    const show = () => {
      this.#early.delete(taskId)
      if (this.#stream.isOpen) this.#do(() => this.#show(taskId))
    }
    this.#early.set(taskId, setTimeout(show, ms))
  }

  async #show(taskId: string, isFirst = false): Promise<void> {
    const task = await this.#read(taskId)
    if (task?.status !== 'input_required' || !canBeAsked(this.#viewer, task)) {
      await this.#hosted?.settle(taskId, [])
      return
    }
    this.#attended.add(taskId)
    await showQuestions(this.#deps, task, this.#viewer, {
      id: this.#id,
      kind: 'session',
      isFirst,
      isRelated: this.#isRelated && knowsOf(this.#viewer, task),
      hosted: this.#hosted,
      send: (request) => this.#stream.send(request),
    })
  }

  /** Questions that were asked before there was a stream to show them: a client opens this one when it likes. */
  async #showUnshown(): Promise<void> {
    const { delivery } = this.#deps
    for (const taskId of await delivery.asking(this.#viewer.session)) await this.#showInTime(taskId, true)
  }

  /** Questions that the client keeps since an earlier stream of the session, or of which no message told. */
  async #goOnWithHosted(): Promise<void> {
    for (const taskId of (await this.#hosted?.unattended()) ?? []) await this.#show(taskId)
  }

  /** Keeps the session, and what was shown. News of an end may be lost, so both may be over without a word. */
  async #refresh(): Promise<void> {
    const { sessions, delivery } = this.#deps
    if (!(await sessions.keep(this.#viewer.session))) return this.#stream.end()
    // No message is sure to arrive.
    this.#do(() => this.#lists.look())
    this.#do(() => this.#goOnWithHosted())
    const attend = async (taskId: string) => {
      if (!(await delivery.attend(taskId, this.#id, 'session'))) this.#attended.delete(taskId)
    }
    await Promise.all([...this.#attended].map(attend))
  }

  async #read(taskId: string): Promise<Task | undefined> {
    try {
      return await this.#deps.engine.inspect(this.#viewer.principal, taskId)
    } catch (error) {
      if (error instanceof LonghaulError && error.code === 'task_not_found') return undefined
      throw error
    }
  }
}
