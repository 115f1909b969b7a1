import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Client } from './client.ts'
import { isElder } from './elders.ts'
import type { ExitSeen } from './evidence.ts'
import { HeldBack } from './held-back.ts'
import { Installation } from './installation.ts'
import type { Plan } from './plan.ts'
import { Recorder } from './recorder.ts'
import { RefusedWrites } from './refused-writes.ts'

export interface WorldOptions {
  readonly plan: Plan
  /** A module that takes a protection away from the processes; absent: nothing is changed. */
  readonly sabotage?: URL
  /** Ends everything at once. */
  readonly signal: AbortSignal
}

/** An installation, and the world around it: the recorder of effects, and whoever looks. */
export class World {
  readonly plan: Plan
  readonly recorder = new Recorder()
  readonly elders: HeldBack
  /** How each process ended that was asked to. */
  readonly exits: ExitSeen[] = []
  /** What a coordinator said that none should say. */
  readonly clientProblems: string[] = []
  /** Aborts when the world ends. */
  readonly signal: AbortSignal
  readonly #over = new AbortController()
  readonly #cleanUp = new AsyncDisposableStack()
  readonly #sabotage: URL | undefined
  #opened: { readonly installation: Installation; readonly refused: RefusedWrites } | undefined

  constructor({ plan, sabotage, signal }: WorldOptions) {
    this.plan = plan
    this.elders = new HeldBack(plan.tasks.filter(isElder).length)
    this.signal = AbortSignal.any([signal, this.#over.signal])
    this.#sabotage = sabotage
  }

  async open(): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), 'longhaul-chaos-store-'))
    this.#cleanUp.defer(() => rm(dir, { recursive: true, force: true }))
    const recorderUrl = await this.recorder.listen()
    this.#cleanUp.defer(() => this.recorder.close())
    const sabotage = this.#sabotage
    const installation = await Installation.start({
      size: this.plan.size,
      dir,
      recorderUrl,
      ...(sabotage && { sabotage }),
    })
    this.#cleanUp.defer(() => installation.kill())
    const redis = new Redis((await installation.store.proxy()).url)
    redis.on('error', () => {}) // It is away now and then.
    this.#cleanUp.defer(() => redis.disconnect())
    const refused = new RefusedWrites(redis)
    this.#cleanUp.defer(() => this.#over.abort(new Error('The run is over.')))
    this.inBackground(refused.watch(this.signal))
    this.#opened = { installation, refused }
  }

  get installation(): Installation {
    return this.#isOpen().installation
  }

  /** Writes of workers that came too late, so far. */
  get refusedWrites(): number {
    return this.#isOpen().refused.total
  }

  /** Everybody who has tasks. @param ttlMs how long they ask for their tasks to be kept */
  openClient(ttlMs: number): Client {
    const { installation, recorder, signal, plan } = this
    const client = new Client({
      seed: plan.seed,
      addresses: () => installation.addresses,
      labelOf: (taskId) => recorder.labelOf(taskId),
      ttlMs,
      untilDue: (label, key) => this.elders.untilDue(label, key),
      signal,
    })
    client.failed.catch((error: unknown) => {
      if (!signal.aborted) this.clientProblems.push(String(error))
    })
    this.inBackground(client.watch(signal))
    return client
  }

  /** Something that goes on until the end, and fails only then. */
  inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.signal.aborted) this.clientProblems.push(String(error))
    })
  }

  /** Ends everything that it began. */
  async close(): Promise<void> {
    await this.#cleanUp.disposeAsync()
  }

  #isOpen() {
    if (!this.#opened) throw new Error('The world has not been opened.')
    return this.#opened
  }
}
