import { toWakeUp, type WakeUp } from '@longhaul/task'
import type { Job, Worker } from 'bullmq'
import { type OpenConnection, openConnection } from './connection.ts'
import { EagerWorker } from './eager-worker.ts'
import { QUEUE_PREFIX } from './wake-ups.ts'

/** Locks are looked through so often in the time that they last. */
const CHECKS_PER_LOCK = 5
/**
 * BullMQ tells one waiting worker of a new wake-up. Should that one end before it has taken it, the others find it when
 * they look by themselves, so often.
 */
const LOOK_AGAIN_S = 1
/** A wake-up may outlive any number of workers; how often its task may is the store's to say. */
const ANY_NUMBER_OF_TIMES = 1_000_000

export interface WakeUpWorkerOptions {
  readonly url: string
  readonly queues: readonly string[]
  /** Wake-ups taken at once from each queue. */
  readonly concurrency: number
  /** A wake-up whose worker has been silent for so long is given to another one. */
  readonly lockMs: number
  /** Goes on with a task; holds one of the places until it resolves. Must not throw. */
  readonly advance: (wakeUp: WakeUp) => Promise<void>
  readonly onError: (error: Error) => void
}

/** Takes wake-ups from the queues and hands them on. */
export class WakeUpWorker {
  readonly #workers: readonly Worker[]
  readonly #opened: OpenConnection[] = []
  readonly #onError: (error: Error) => void
  #drained: Promise<unknown> | undefined

  constructor({ url, queues, concurrency, lockMs, advance, onError }: WakeUpWorkerOptions) {
    this.#onError = onError
    this.#workers = queues.map((queue) => {
      const opened = openConnection({ url, whenAway: 'wait' })
      this.#opened.push(opened)
      const worker = new EagerWorker<{ taskId: string }>(
        queue,
        (job) => advance(toWakeUp(job.data.taskId, { queue, ...priorityOf(job) })),
        {
          connection: opened.connection,
          prefix: QUEUE_PREFIX,
          concurrency,
          autorun: false,
          lockDuration: lockMs,
          stalledInterval: Math.ceil(lockMs / CHECKS_PER_LOCK),
          drainDelay: LOOK_AGAIN_S,
          maxStalledCount: ANY_NUMBER_OF_TIMES,
          skipVersionCheck: true,
        },
      )
      worker.on('error', onError)
      return worker
    })
  }

  /** Begins to take wake-ups. Resolves when every queue is being listened to. */
  async start(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()))
    // Settles when it is drained; what it fails with is told to `onError`.
    for (const worker of this.#workers) void worker.run().catch((error) => this.#onError(error))
  }

  /**
   * Takes nothing more, from now on; a wake-up that is being taken at this moment is still handed on. Resolves when
   * every wake-up in hand is done and the queue knows it, so that those that came meanwhile can be taken elsewhere.
   */
  async drain(): Promise<void> {
    this.#drained ??= Promise.all(this.#workers.map((worker) => worker.close(false)))
    await this.#drained
  }

  /** Wake-ups in hand are left to be taken again by another worker. */
  async close(): Promise<void> {
    if (!this.#drained) await Promise.all(this.#workers.map((worker) => worker.close(true)))
    // A worker is closed once; what it still waits for ends with its connections, and so does nothing else.
    else for (const worker of this.#workers) void worker.disconnect().catch(() => {})
    for (const { end } of this.#opened) end()
  }
}

/** BullMQ says 0 where there is none. */
const priorityOf = ({ priority }: Job) => (priority > 0 ? { priority } : {})
