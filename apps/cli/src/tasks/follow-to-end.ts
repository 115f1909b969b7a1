import { RpcError } from '@longhaul/protocol'
import { isTerminal, type TaskEvent } from '@longhaul/task'
import { print } from '../printable.ts'
import { askPerson } from './ask-person.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { followTask } from './follow-task.ts'
import { renderEvent } from './render-event.ts'
import { renderOutcome } from './render-outcome.ts'
import type { QuestionView, TaskClient, TaskView } from './task-client.ts'
import { Terminal } from './terminal.ts'

/** What is told while a task goes on; the rest is for `longhaul logs`. */
const TOLD: ReadonlySet<TaskEvent['type']> = new Set(['progress', 'log', 'refused', 'stalled'])

/**
 * Follows a task in the terminal until it is over, somebody leaves it, or it asks what nobody here can answer.
 * @returns the exit code
 */
export async function followToEnd(client: TaskClient, taskId: string): Promise<number> {
  const terminal = new Terminal()
  const session = new Session(client, taskId, terminal)
  try {
    for (;;) {
      const stop = new AbortController()
      terminal.onInterrupt(() => stop.abort())
      const code = await session.follow(stop.signal)
      if (code !== undefined) return code
      if ((await session.askWhatNow()) === 'detach') return EXIT.goesOn
    }
  } finally {
    terminal.close()
  }
}

class Session {
  readonly #client: TaskClient
  readonly #taskId: string
  readonly #terminal: Terminal
  readonly #answered = new Set<string>()
  #after = 0

  constructor(client: TaskClient, taskId: string, terminal: Terminal) {
    this.#client = client
    this.#taskId = taskId
    this.#terminal = terminal
  }

  /** @returns the exit code, or undefined where the signal has ended it */
  async follow(signal: AbortSignal): Promise<number | undefined> {
    const { say } = this.#terminal
    const onAway = (reason: string) => say(`${reason} Trying again; the task goes on by itself.`)
    for await (const { task, events } of followTask(this.#client, this.#taskId, {
      after: this.#after,
      signal,
      onAway,
    })) {
      this.#after = events.at(-1)?.seq ?? this.#after
      for (const event of events) if (TOLD.has(event.type)) say(renderEvent(event))
      if (isTerminal(task.status)) return this.#tellEnd(task)
      for (const question of task.questions ?? []) {
        if (this.#answered.has(question.key) || signal.aborted) continue
        if (!(await this.#ask(question)) && !signal.aborted) return this.#leaveUnanswered()
      }
    }
    return undefined
  }

  async askWhatNow(): Promise<'go on' | 'detach'> {
    if (!this.#terminal.isInteractive) return this.#detach()
    const line = await this.#terminal.prompt('d: leave it, it goes on   c: cancel it   Enter: watch on  > ')
    if (line === undefined || /^d/i.test(line)) return this.#detach()
    if (/^c/i.test(line)) await this.#client.cancel(this.#taskId)
    return 'go on'
  }

  /** @returns whether it is answered, here or by somebody else */
  async #ask(question: QuestionView): Promise<boolean> {
    if (question.for !== 'person') return true
    const { prompt, say } = this.#terminal
    const answer = await askPerson(question, { prompt: prompt.bind(this.#terminal), say })
    if (!answer) return false
    try {
      await this.#client.answer(this.#taskId, question.key, answer)
      this.#answered.add(question.key)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      // Where it is still open the next look asks it again.
      say(error.message)
    }
    return true
  }

  #tellEnd(task: TaskView): number {
    const { out, err } = task.outcome ? renderOutcome(task.outcome) : {}
    if (out !== undefined) print(out)
    if (err !== undefined) this.#terminal.say(err)
    return exitCodeOf(task)
  }

  #leaveUnanswered(): number {
    this.#terminal.say(`\nIt waits for an answer: longhaul answer ${this.#taskId}`)
    return EXIT.goesOn
  }

  #detach(): 'detach' {
    this.#terminal.say(`It goes on. Its result: longhaul result ${this.#taskId} --wait`)
    return 'detach'
  }
}
