import type { ModelAnswer } from '@longhaul/task'
import { ConversationSize } from './conversation-size.ts'

/** What a loop knows of its conversation. It is in no record: each run of the loop over its journal comes to the same. */
export class LoopMemory {
  readonly size = new ConversationSize()
  /** One per turn. */
  readonly answers: ModelAnswer[] = []
  /** What models said who summed up turns that were left out. */
  readonly summaries: ModelAnswer[] = []
  /** The whole text of results that models were shown excerpts of, by their steps. */
  readonly excerpts = new Map<string, string>()
  #last: string | undefined

  /** The newest model step that took a turn, which the next one continues. */
  get last(): string | undefined {
    return this.#last
  }

  /** A model has taken a turn. */
  add(step: string, answer: ModelAnswer): void {
    this.#last = step
    this.answers.push(answer)
    this.size.add(step, answer)
  }
}
