import { Worker } from 'bullmq'
import { type OpenConnection, openConnection } from './connection.ts'
import { QUEUE_PREFIX } from './wake-ups.ts'

/** A worker that was killed is noticed within about their sum (measured: 4.7 to 6.0 s). */
const LOCK_MS = 5000
const STALLED_CHECK_MS = 2000
/** A wake-up may outlive any number of workers; how often its task may is the store's to say. */
const ANY_NUMBER_OF_TIMES = 1_000_000

export interface WakeUpWorkerOptions {
  readonly url: string
  readonly queues: readonly string[]
  /** Wake-ups taken at once from each queue. */
  readonly concurrency: number
  /** Goes on with a task; holds one of the places until it resolves. Must not throw. */
  readonly advance: (taskId: string) => Promise<void>
  readonly onError: (error: Error) => void
}

/** Takes wake-ups from the queues and hands them on. */
export class WakeUpWorker {
  readonly #workers: readonly Worker[]
  readonly #opened: OpenConnection[] = []

  constructor({ url, queues, concurrency, advance, onError }: WakeUpWorkerOptions) {
    this.#workers = queues.map((queue) => {
      const opened = openConnection({ url, whenAway: 'wait' })
      this.#opened.push(opened)
      const worker = new Worker<{ taskId: string }>(queue, (job) => advance(job.data.taskId), {
        connection: opened.connection,
        prefix: QUEUE_PREFIX,
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: ANY_NUMBER_OF_TIMES,
        skipVersionCheck: true,
      })
      worker.on('error', onError)
      return worker
    })
  }

  /** Resolves when every queue is being listened to. */
  async ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()))
  }

  /** Takes nothing more, from now on. */
  async pause(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.pause(true)))
  }

  /** With `force`, wake-ups in hand are left to be taken again by another worker. */
  async close(force: boolean): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close(force)))
    for (const { end } of this.#opened) end()
  }
}
