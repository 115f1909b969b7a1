import type { Hold, KnownHold } from './lease-messages.ts'

/** An id of a task, then one of a run; both are ASCII of fixed length. */
const TASK_ID_BYTES = 24
const RUN_ID_BYTES = 12
const ROW_BYTES = TASK_ID_BYTES + RUN_ID_BYTES
/** A row's number of changes: four for each hold that comes and goes, of which two make these states. */
const CHANGES_BYTES = 4
const FREE = 0
const CLAIMED = 2
const stateOf = (changes: number): number => changes & 3
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
    this.#change(slot, 1)
    return slot
  }

  /** The claim that is held there has been made. */
  noteClaimed(slot: number): void {
    this.#change(slot, 1)
  }

  remove(slot: number): void {
    this.#change(slot, 4 - stateOf(this.#changes(slot)))
    this.#free.push(slot)
  }

  /** All that is held; what is being added at this very moment may be missing. For any thread. */
  holds(): KnownHold[] {
    const slots = this.buffer.byteLength / SLOT_BYTES
    return Array.from({ length: slots }, (_, slot) => this.#read(slot)).filter((hold) => hold !== undefined)
  }

  #read(slot: number): KnownHold | undefined {
    const before = this.#changes(slot)
    if (stateOf(before) === FREE) return undefined
    const row = Buffer.from(this.buffer, slot * SLOT_BYTES + CHANGES_BYTES, ROW_BYTES).toString('latin1')
    // One that has been claimed meanwhile is read the next time.
    if (this.#changes(slot) !== before) return undefined
    const isClaimed = stateOf(before) === CLAIMED
    return { taskId: row.slice(0, TASK_ID_BYTES), runId: row.slice(TASK_ID_BYTES), isClaimed }
  }

  #changes(slot: number): number {
    return Atomics.load(this.#words, (slot * SLOT_BYTES) / CHANGES_BYTES)
  }

  #change(slot: number, by: number): void {
    Atomics.add(this.#words, (slot * SLOT_BYTES) / CHANGES_BYTES, by)
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
