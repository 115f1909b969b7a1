import type { Running } from '@longhaul/runtime'
import type { Claimed } from '@longhaul/task'

/** A task that this worker runs. */
export interface Held {
  /** By `performance.now()`. */
  readonly claimedAt: number
  readonly claimed: Claimed
  readonly running: Running
  /** Ends its activation at once, with nothing written. */
  readonly lose: (why: string) => void
}

/** Something that a task is told once it runs. */
type News = (held: Held, taskId: string) => void

/** A task from before its claim until it runs. */
export interface Coming {
  readonly taskId: string
  /** What happened to it meanwhile. */
  readonly news: News[]
}

/**
 * The tasks that this worker runs, by their ids. Each is behind a slot that is emptied when it is let go: a Map that
 * grows and shrinks leaves older tables behind, each of which leads to the next, and so all that was ever in one of them
 * would be copied by every collection of young garbage until there is a full one.
 */
export class HeldTasks {
  readonly #slots = new Map<string, { held: Held | undefined }>()
  readonly #coming = new Set<Coming>()

  get size(): number {
    return this.#slots.size
  }

  get(taskId: string): Held | undefined {
    return this.#slots.get(taskId)?.held
  }

  /** A claim of the task is about to be made. What is told of it from now on is kept until it runs. */
  expect(taskId: string): Coming {
    const coming: Coming = { taskId, news: [] }
    this.#coming.add(coming)
    return coming
  }

  /** It does not run, or runs already. */
  forget(coming: Coming): void {
    this.#coming.delete(coming)
  }

  /** It runs, and is told what it has missed. @returns how to let it go again; a later claim of the task stays */
  hold(coming: Coming, held: Held): () => void {
    const { taskId, news } = coming
    const slot: { held: Held | undefined } = { held }
    this.#slots.set(taskId, slot)
    this.forget(coming)
    for (const tell of news) tell(held, taskId)
    return () => {
      slot.held = undefined
      if (this.#slots.get(taskId) === slot) this.#slots.delete(taskId)
    }
  }

  /** Tells a task, also one whose claim is under way: then news may well come before the answer. */
  tell(taskId: string, news: News): void {
    const held = this.get(taskId)
    if (held) news(held, taskId)
    for (const coming of this.#coming) if (coming.taskId === taskId) coming.news.push(news)
  }

  /** Tells every task whose claim is under way, once it runs. */
  tellComing(news: News): void {
    for (const coming of this.#coming) coming.news.push(news)
  }

  /** As they are now. */
  entries(): [taskId: string, held: Held][] {
    return [...this.#slots].flatMap(([taskId, { held }]) => (held ? [[taskId, held]] : []))
  }
}
