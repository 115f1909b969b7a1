import { setTimeout as delay } from 'node:timers/promises'
import { Engine, sweep } from '@longhaul/engine'
import { BullWakeUps } from '@longhaul/queue'
import {
  CatalogReader,
  Connection,
  RedisDueStore,
  RedisOpenTasks,
  RedisTaskStore,
  taskKeys,
  Watch,
  Workers,
} from '@longhaul/store'
import { newTaskId, type Principal, type Settings } from '@longhaul/task'
import type { RunningWorker } from '@longhaul/worker'

export const SUBMITTER: Principal = { owner: { issuer: 'test', subject: 'test' }, scopes: [] }

/** Time that tasks have to come as far as they can by themselves. */
const SETTLES_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 5

/** What `run` says of a task in the store that does nothing by itself. */
const AT_REST: ReadonlySet<string | null> = new Set(['waiting', 'paused', 'done', null])

/** The installation as its test sees it: the verbs, and whether anything still moves. All tasks are one owner's. */
export class TestWorld {
  readonly engine: Engine
  readonly #worker: Pick<RunningWorker, 'idle'>
  readonly #connection: Connection
  readonly #wakeUps: BullWakeUps
  readonly #ports: Parameters<typeof sweep>[0]

  constructor({ url, settings, worker }: { url: string; settings: Settings; worker: Pick<RunningWorker, 'idle'> }) {
    this.#worker = worker
    this.#connection = new Connection({ url, settings, whenAway: 'fail' })
    this.#wakeUps = new BullWakeUps({ url, whenAway: 'fail' }, this.#connection.lend())
    const watch = new Watch(this.#connection)
    const store = new RedisTaskStore(this.#connection, settings)
    const parts = { store, wakeUps: this.#wakeUps }
    this.engine = new Engine({
      ...{ ...parts, settings, catalog: new CatalogReader(this.#connection, watch) },
      openTasks: new RedisOpenTasks(this.#connection),
      onWakeUpLost: () => {},
    })
    this.#ports = {
      ...{ ...parts, due: new RedisDueStore(this.#connection, settings) },
      workers: new Workers(this.#connection, watch, settings),
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#connection.close(), this.#wakeUps.close()])
  }

  /** Resolves when no task does anything by itself. @throws Error that names those that do, after a while */
  async settle(): Promise<void> {
    const began = performance.now()
    // What ends in one look may have set another one going.
    for (let restful = 0; restful < 2; ) {
      const isIdle = await Promise.race([this.#worker.idle().then(() => true), delay(LOOK_EVERY_MS, false)])
      const moving = await this.#moving()
      restful = isIdle && moving.length === 0 ? restful + 1 : 0
      if (performance.now() - began > SETTLES_WITHIN_MS)
        throw new Error(`Still at work after ${SETTLES_WITHIN_MS} ms: ${moving.join(', ')}. Does a step never end?`)
    }
  }

  /** Passes time from one thing that is due to the next, as long as each needs. @param hop sets all clocks ahead */
  async passTime(ms: number, hop: (ms: number) => Promise<void>): Promise<void> {
    await this.settle()
    for (const target = Date.now() + ms; ; ) {
      const now = Date.now()
      const next = Math.min((await this.#nextDueAfter(now)) ?? target, target)
      if (next > now) await hop(next - now)
      await sweep(this.#ports)
      await this.settle()
      if (next >= target) return
    }
  }

  async #moving(): Promise<readonly string[]> {
    const ids = await this.#connection.send((redis) => redis.zrange(DUE, '0', '-1'))
    const runs = await Promise.all(
      ids.map((id) => this.#connection.send((redis) => redis.hget(taskKeys(id).record, 'run'))),
    )
    return ids.filter((_, place) => !AT_REST.has(runs[place] ?? null))
  }

  async #nextDueAfter(time: number): Promise<number | undefined> {
    const rows = await this.#connection.send((redis) => redis.zrange(DUE, '0', '-1', 'WITHSCORES'))
    return rows
      .filter((_, place) => place % 2 === 1)
      .map((score) => Math.ceil(Number(score)))
      .find((score) => score > time)
  }
}

/** Every task is in it (invariant 7). */
const DUE = taskKeys(newTaskId(SUBMITTER.owner)).due
