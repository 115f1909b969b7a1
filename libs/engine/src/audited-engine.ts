import { LonghaulError, type Principal, type Task } from '@longhaul/task'
import type { Given } from './answer.ts'
import { Engine } from './engine.ts'
import type { OwnersPage } from './inspect.ts'
import type { EnginePorts } from './ports.ts'
import type { Steer } from './steer.ts'
import type { Submission } from './submission.ts'

/** Who did what to which task. Nothing of what was said is in it. */
export interface AuditRecord {
  readonly verb: 'submit' | 'answer' | 'steer' | 'pause' | 'resume' | 'cancel' | 'retry' | 'read' | 'list'
  readonly principal: Principal
  /** Absent where there is none, or it is about several. */
  readonly taskId?: string
  /** What was called. */
  readonly tool?: string
  /** Code of the error, where it was not done. */
  readonly refused?: string
}

export interface AuditOptions {
  readonly audit: (record: AuditRecord) => void
  /** Whether looking is told, too, and not only what changes something. */
  readonly reads: boolean
}

/** Does what an engine does, and tells who asked for it and what came of it (T44). */
export class AuditedEngine extends Engine {
  readonly #options: AuditOptions

  constructor(ports: EnginePorts, options: AuditOptions) {
    super(ports)
    this.#options = options
  }

  override submit(submission: Submission): Promise<Task> {
    const { principal, tool } = submission
    return this.#told({ verb: 'submit', principal, tool }, super.submit(submission), ({ id: taskId }) => ({ taskId }))
  }

  override answer(principal: Principal, given: Given): Promise<void> {
    return this.#told({ verb: 'answer', principal, taskId: given.taskId }, super.answer(principal, given))
  }

  override steer(principal: Principal, message: Steer): Promise<Task> {
    return this.#told({ verb: 'steer', principal, taskId: message.taskId }, super.steer(principal, message))
  }

  override pause(principal: Principal, taskId: string): Promise<Task> {
    return this.#told({ verb: 'pause', principal, taskId }, super.pause(principal, taskId))
  }

  override resume(principal: Principal, taskId: string): Promise<Task> {
    return this.#told({ verb: 'resume', principal, taskId }, super.resume(principal, taskId))
  }

  override cancel(principal: Principal, taskId: string, reason?: string): Promise<Task> {
    return this.#told({ verb: 'cancel', principal, taskId }, super.cancel(principal, taskId, reason))
  }

  override retry(principal: Principal, taskId: string): Promise<Task> {
    return this.#told({ verb: 'retry', principal, taskId }, super.retry(principal, taskId))
  }

  override inspect(principal: Principal, taskId: string): ReturnType<Engine['inspect']> {
    return this.#read({ verb: 'read', principal, taskId }, super.inspect(principal, taskId))
  }

  override inspectOutcome(principal: Principal, taskId: string): ReturnType<Engine['inspectOutcome']> {
    return this.#read({ verb: 'read', principal, taskId }, super.inspectOutcome(principal, taskId))
  }

  override inspectBelow(principal: Principal, taskId: string): ReturnType<Engine['inspectBelow']> {
    return this.#read({ verb: 'read', principal, taskId }, super.inspectBelow(principal, taskId))
  }

  override list(principal: Principal, cursor?: string): ReturnType<Engine['list']> {
    return this.#read({ verb: 'list', principal }, super.list(principal, cursor))
  }

  override listOf(principal: Principal, page: OwnersPage): ReturnType<Engine['listOf']> {
    return this.#read({ verb: 'list', principal }, super.listOf(principal, page))
  }

  override listAsking(principal: Principal, cursor?: string): ReturnType<Engine['listAsking']> {
    return this.#read({ verb: 'list', principal }, super.listAsking(principal, cursor))
  }

  override listDead(principal: Principal): ReturnType<Engine['listDead']> {
    return this.#read({ verb: 'list', principal }, super.listDead(principal))
  }

  #read<T>(record: AuditRecord, doing: Promise<T>): Promise<T> {
    return this.#options.reads ? this.#told(record, doing) : doing
  }

  async #told<T>(record: AuditRecord, doing: Promise<T>, more: (done: T) => Partial<AuditRecord> = () => ({})) {
    const { audit } = this.#options
    try {
      const done = await doing
      audit({ ...record, ...more(done) })
      return done
    } catch (error) {
      audit({ ...record, refused: error instanceof LonghaulError ? error.code : 'error' })
      throw error
    }
  }
}
