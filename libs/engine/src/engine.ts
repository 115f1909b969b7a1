import type { BudgetStanding, DeadTask, FinishedTask, JournalEntry, Page, Principal, Task } from '@longhaul/task'
import { answer, type Given } from './answer.ts'
import { cancel } from './cancel.ts'
import { explainWait } from './explain-wait.ts'
import {
  inspect,
  inspectBelow,
  inspectOutcome,
  list,
  listOf,
  type OpenQuestion,
  type OwnersPage,
  openQuestions,
} from './inspect.ts'
import { listAsking } from './list-asking.ts'
import { listDead } from './list-dead.ts'
import { pause, resume } from './pause.ts'
import type { EnginePorts } from './ports.ts'
import { retry } from './retry.ts'
import { type Steer, steer } from './steer.ts'
import type { Submission } from './submission.ts'
import { submit } from './submit.ts'

/** What can be done to tasks. Each verb has a file of its own name. */
export class Engine {
  readonly #ports: EnginePorts

  constructor(ports: EnginePorts) {
    this.#ports = ports
  }

  submit(submission: Submission): Promise<Task> {
    return submit(this.#ports, submission)
  }

  async inspect(principal: Principal, taskId: string): Promise<Task> {
    return explainWait(this.#ports, await inspect(this.#ports, principal, taskId))
  }

  async inspectOutcome(principal: Principal, taskId: string): Promise<Task | FinishedTask> {
    return explainWait(this.#ports, await inspectOutcome(this.#ports, principal, taskId))
  }

  inspectBelow(principal: Principal, taskId: string): Promise<readonly Task[]> {
    return inspectBelow(this.#ports, principal, taskId)
  }

  list(principal: Principal, cursor?: string): Promise<Page> {
    return list(this.#ports, principal, cursor)
  }

  listOf(principal: Principal, page: OwnersPage): Promise<Page> {
    return listOf(this.#ports, principal, page)
  }

  listAsking(principal: Principal, cursor?: string): ReturnType<typeof listAsking> {
    return listAsking(this.#ports, principal, cursor)
  }

  openQuestions(task: Task): Promise<readonly OpenQuestion[]> {
    return openQuestions(this.#ports, task)
  }

  /** How the budgets stand that the task is under. None where there is none. The caller has inspected the task. */
  readStandings(task: Task): Promise<readonly BudgetStanding[]> {
    return this.#ports.store.readStandings(task)
  }

  /** What the task has done. The caller has inspected the task. */
  readJournal(task: Task): Promise<readonly JournalEntry[]> {
    return this.#ports.store.readJournal(task.id)
  }

  answer(principal: Principal, given: Given): Promise<void> {
    return answer(this.#ports, principal, given)
  }

  /** The session whose streams show the task's questions from now on. The caller has inspected the task. */
  adopt(task: Task, session: string): Promise<void> {
    return this.#ports.store.adopt(task.id, session)
  }

  cancel(principal: Principal, taskId: string, reason?: string): Promise<Task> {
    return cancel(this.#ports, principal, taskId, reason)
  }

  pause(principal: Principal, taskId: string): Promise<Task> {
    return pause(this.#ports, principal, taskId)
  }

  resume(principal: Principal, taskId: string): Promise<Task> {
    return resume(this.#ports, principal, taskId)
  }

  steer(principal: Principal, message: Steer): Promise<Task> {
    return steer(this.#ports, principal, message)
  }

  retry(principal: Principal, taskId: string): Promise<Task> {
    return retry(this.#ports, principal, taskId)
  }

  listDead(principal: Principal): Promise<readonly DeadTask[]> {
    return listDead(this.#ports, principal)
  }
}
