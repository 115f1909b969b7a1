import type { Hold } from './lease-messages.ts'

/** An id of a task, then one of a run; both are ASCII of fixed length. */
const TASK_ID_BYTES = 24
const RUN_ID_BYTES = 12
const ROW_BYTES = TASK_ID_BYTES + RUN_ID_BYTES
/** A row's number of changes: odd while something is held there. */
const CHANGES_BYTES = 4
const SLOT_BYTES = CHANGES_BYTES + ROW_BYTES

const FIRST_SLOTS = 64
/** Memory is taken only as it is needed. */
const MOST_SLOTS = 1_000_000

/**
 * What one thread holds, for another to read whenever it likes: memory that both have. To hold something costs no
 * message, which would wake the other thread for every task.
 */
export class HoldTable {
  readonly buffer: SharedArrayBuffer
  /** Grows with the buffer. */
  readonly #words: Int32Array
  readonly #free: number[] = []

  /** @param buffer of the table that the other thread made */
  constructor(buffer = new SharedArrayBuffer(0, { maxByteLength: MOST_SLOTS * SLOT_BYTES })) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  /** Returns where it is, for `remove`. For the thread that holds. */
  add({ taskId, runId }: Hold): number {
    const slot = this.#free.pop() ?? this.#grow()
    Buffer.from(this.buffer, slot * SLOT_BYTES + CHANGES_BYTES, ROW_BYTES).write(taskId + runId, 'latin1')
    this.#change(slot)
    return slot
  }

  remove(slot: number): void {
    this.#change(slot)
    this.#free.push(slot)
  }

  /** All that is held; what is being added at this very moment may be missing. For any thread. */
  holds(): Hold[] {
    const slots = this.buffer.byteLength / SLOT_BYTES
    return Array.from({ length: slots }, (_, slot) => this.#read(slot)).filter((hold) => hold !== undefined)
  }

  #read(slot: number): Hold | undefined {
    const changes = (slot * SLOT_BYTES) / CHANGES_BYTES
    const before = Atomics.load(this.#words, changes)
    if (before % 2 === 0) return undefined
    const row = Buffer.from(this.buffer, slot * SLOT_BYTES + CHANGES_BYTES, ROW_BYTES).toString('latin1')
    if (Atomics.load(this.#words, changes) !== before) return undefined
    return { taskId: row.slice(0, TASK_ID_BYTES), runId: row.slice(TASK_ID_BYTES) }
  }

  #change(slot: number): void {
    Atomics.add(this.#words, (slot * SLOT_BYTES) / CHANGES_BYTES, 1)
  }

  /** Makes more slots, and returns one of them. */
  #grow(): number {
    const first = this.buffer.byteLength / SLOT_BYTES
    const slots = Math.max(FIRST_SLOTS, 2 * first)
    this.buffer.grow(slots * SLOT_BYTES)
    for (let slot = slots - 1; slot > first; slot--) this.#free.push(slot)
    return first
  }
}
