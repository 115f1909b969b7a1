import { type FinishedTask, isTerminal, type Task, type TaskEvent } from '@longhaul/task'
import type { Deps } from '../../deps.ts'
import type { Held } from './held.ts'

/** What is known of the task of a held request, so that it is read only where it may be otherwise by now. */
export class HeldTask {
  readonly #deps: Deps
  readonly #held: Held
  /** As it was read last, which may be when the request came. */
  #last: Task | undefined
  #end: FinishedTask | undefined
  #hasLooked = false
  #isOfSession: boolean

  constructor(deps: Deps, held: Held) {
    this.#deps = deps
    this.#held = held
    this.#last = held.looked
    this.#isOfSession = held.looked?.session === held.viewer.session.id
  }

  /** Whether the session of the request hears all that happens to it, so that nobody needs to listen to the task itself. */
  get isOfSession(): boolean {
    return this.#isOfSession
  }

  /** With an outcome that was told along it need not be read any more: the end of a task is final. */
  learnEnd({ status, outcome }: Extract<TaskEvent, { type: 'finished' }>): void {
    if (this.#last && outcome) this.#end = { ...this.#last, status, outcome }
  }

  /** As it is now. @throws LonghaulError `task_not_found` where the viewer may not see it, `store_unavailable` */
  async look(): Promise<Task | FinishedTask> {
    const known = this.#end ?? this.#unchanged()
    this.#hasLooked = true
    if (known) return known
    const { viewer, taskId } = this.#held
    const task = await this.#deps.engine.inspectOutcome(viewer.principal, taskId)
    this.#last = task
    this.#isOfSession &&= task.session === viewer.session.id
    return task
  }

  /** As it was when the request came, for a first look, where the session was listened to and has heard nothing since. */
  #unchanged(): Task | undefined {
    const { viewer, looked, mark } = this.#held
    if (this.#hasLooked || !this.#isOfSession || !looked || isTerminal(looked.status)) return undefined
    return mark !== undefined && mark === this.#deps.watch.markOfSession(viewer.session.id) ? looked : undefined
  }
}
