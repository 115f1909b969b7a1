import type { JournalCopy } from './journal-copy.ts'

/** What a claim need not be told again: the parts of a task that never change, and its journal so far. */
export interface KnownTask {
  /** JSON. */
  readonly head: string
  /** JSON. */
  readonly args: string
  readonly journal: JournalCopy
}

/** Tasks that this process has had in hand, those of the longest ago forgotten first. */
export class JournalCache {
  readonly #maxBytes: number
  readonly #tasks = new Map<string, { readonly task: KnownTask; readonly bytes: number }>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(taskId: string): KnownTask | undefined {
    return this.#tasks.get(taskId)?.task
  }

  /** The newest from now on. One that does not fit at all is not kept. */
  keep(taskId: string, task: KnownTask): void {
    this.forget(taskId)
    const bytes = Buffer.byteLength(task.head) + Buffer.byteLength(task.args) + task.journal.bytes
    if (bytes > this.#maxBytes) return
    this.#tasks.set(taskId, { task, bytes })
    this.#bytes += bytes
    for (const oldest of this.#tasks.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.forget(oldest)
    }
  }

  forget(taskId: string): void {
    this.#bytes -= this.#tasks.get(taskId)?.bytes ?? 0
    this.#tasks.delete(taskId)
  }
}
