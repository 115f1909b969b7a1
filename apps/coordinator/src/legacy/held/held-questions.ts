import type { RpcRequest } from '@longhaul/protocol'
import type { SessionNotice } from '@longhaul/store'
import type { Task } from '@longhaul/task'
import type { Deps } from '../../deps.ts'
import { HostedQuestions } from '../hosted-questions.ts'
import { showQuestions } from '../show-questions.ts'
import { canBeAsked } from '../viewer.ts'
import type { Held } from './held.ts'
import type { ResumableStream } from './resumable-stream.ts'
import type { ResumePoint } from './resume-point.ts'

/** The questions of the task of a held request, as its stream shows them. */
export class HeldQuestions {
  readonly #deps: Deps
  readonly #held: Held
  readonly #stream: ResumableStream
  /** Open questions that the client has, from this stream or the one it continues, each with how often it was void. */
  readonly #shown: Map<string, number>
  readonly #hosted: HostedQuestions | undefined
  /** Whether the client is told to which task a question belongs. */
  #isRelated: boolean

  constructor(deps: Deps, held: Held, stream: ResumableStream) {
    const { viewer, isRelated, resumed } = held
    this.#deps = deps
    this.#held = held
    this.#stream = stream
    this.#shown = new Map(resumed?.shown)
    this.#isRelated = isRelated && !viewer.session.knowsOwnTasksOnly
    const send = (request: RpcRequest) => stream.send(request)
    this.#hosted = viewer.hosting && new HostedQuestions({ deps, viewer, send })
  }

  /** What the client has by now, for its event ids. */
  get shown(): ResumePoint['shown'] {
    return [...this.#shown]
  }

  /** Whether the client may keep questions in tasks of its own, also such as are not open any more. */
  get mayBeKept(): boolean {
    return this.#hosted !== undefined
  }

  /** Shows what is to be shown of the task, where its client can be asked at all. */
  async show(task: Task): Promise<void> {
    const { viewer, taskId } = this.#held
    if (!canBeAsked(viewer, task)) return
    await this.#deps.delivery.attend(taskId, this.#stream.id, 'task')
    // What the client keeps of a question that is not open any more is called off.
    if (task.status !== 'input_required' && !this.mayBeKept) return
    await showQuestions(this.#deps, task, viewer, {
      id: this.#stream.id,
      kind: 'task',
      isFirst: false,
      isRelated: this.#isRelated,
      hosted: this.#hosted,
      send: (request, key, voids) => this.#send(request, key, voids),
    })
  }

  /** It is not open any more. */
  forget(key: string): void {
    this.#shown.delete(key)
  }

  /** The client has turned out to know only tasks that it made itself. */
  leaveTaskUnnamed(): void {
    this.#isRelated = false
  }

  learn(notice: Extract<SessionNotice, { type: 'hosted' }>): void {
    this.#hosted?.learn(notice)
  }

  /** The task is over: nothing that the client keeps is wanted any more. */
  async callOffAll(): Promise<void> {
    await this.#hosted?.settle(this.#held.taskId, [])
  }

  close(): void {
    this.#hosted?.close()
  }

  #send(request: RpcRequest, key: string, voids: number): void {
    // Where it was not void since, the client still has the question from an earlier showing.
    const isHad = this.#shown.get(key) === voids
    this.#shown.set(key, voids)
    if (!isHad) this.#stream.send(request)
  }
}
