import type { Settings } from '@longhaul/task'
import { Cluster } from 'ioredis'
import type { StoreClient } from './open-client.ts'
import { callScript, type ScriptCall } from './scripts.ts'
import { unavailable } from './store-errors.ts'

interface Waiting {
  readonly script: ScriptCall
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface ReplicatedWritesOptions {
  readonly client: StoreClient
  readonly settings: Pick<Settings, 'replicas' | 'replicaTimeoutMs'>
  /** Whether a change that too few replicas have is waited for until they do, or the store is another one. */
  readonly isPatient: boolean
}

/**
 * Scripts that count as done only when enough replicas have what they changed. A WAIT goes along in the same round
 * trip; what is asked during that goes together in the next one, since a WAIT holds up what comes after it.
 */
export class ReplicatedWrites {
  readonly #options: ReplicatedWritesOptions
  #waiting: Waiting[] = []
  #isSending = false
  /** Connections so far: a WAIT on another one than that of the change says nothing about it. */
  #epoch = 0

  constructor(options: ReplicatedWritesOptions) {
    this.#options = options
    options.client.on('close', () => this.#epoch++)
  }

  call(script: ScriptCall): Promise<unknown> {
    // On a cluster each goes to the node of its slot, and so does its WAIT.
    if (this.#options.client instanceof Cluster) return this.#send([script]).then(([result]) => result?.())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ script, resolve, reject })
      if (!this.#isSending) void this.#sendAll()
    })
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    // What the same turn asks goes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        const results = await this.#send(batch.map(({ script }) => script))
        for (const [place, { resolve, reject }] of batch.entries()) {
          try {
            resolve(results[place]?.())
          } catch (error) {
            reject(error)
          }
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isSending = false
  }

  /** What each came to, as a function that returns or throws it. @throws Error when too few replicas have the changes */
  async #send(scripts: readonly ScriptCall[]): Promise<(() => unknown)[]> {
    const { client, settings, isPatient } = this.#options
    const { replicas, replicaTimeoutMs } = settings
    const pipeline = client.pipeline()
    for (const script of scripts) void callScript(pipeline, script)
    pipeline.wait(replicas, replicaTimeoutMs)
    const epoch = this.#epoch
    const results = (await pipeline.exec()) ?? []
    const [failure, count] = results.pop() ?? [new Error('Command aborted')]
    if (failure) throw failure
    let reached = Number(count)
    while (reached < replicas && isPatient && !(client instanceof Cluster) && this.#epoch === epoch) {
      reached = await client.wait(replicas, replicaTimeoutMs)
    }
    if (reached < replicas || (this.#epoch !== epoch && isPatient)) {
      throw unavailable(
        `The task store took it, but only ${reached} of ${replicas} replicas have it within ${replicaTimeoutMs} ms. Try again shortly.`,
      )
    }
    return results.map(([error, reply]) => () => {
      if (error) throw error
      return reply
    })
  }
}
