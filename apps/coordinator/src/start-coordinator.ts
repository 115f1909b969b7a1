import { Engine } from '@longhaul/engine'
import { BullWakeUps } from '@longhaul/queue'
import { CatalogReader, Connection, Delivery, RedisTaskStore, RedisTaskWatch, Sessions, Watch } from '@longhaul/store'
import type { Settings } from '@longhaul/task'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { isLoopback } from './guards/reachable-as.ts'
import { Streams } from './legacy/streams.ts'

export interface CoordinatorOptions {
  readonly url: string
  readonly settings: Settings
  readonly log: Logger
}

export interface RunningCoordinator {
  /** Where it listens, for example `http://127.0.0.1:4620`. */
  readonly address: string
  /** Ends its streams, whose clients resume elsewhere, and lets requests in hand finish. Idempotent. */
  close(): Promise<void>
}

/**
 * Serves until it is closed. Starts while the store is away, too: then /readyz says so.
 * @throws Error when others than this machine could reach it without a key
 */
export async function startCoordinator({ url, settings, log }: CoordinatorOptions): Promise<RunningCoordinator> {
  if (!isLoopback(settings.host) && settings.apiKeys.length === 0) {
    throw new Error(
      `Bound to ${settings.host}, others could use this server without a key. Set LONGHAUL_API_KEYS (see 'longhaul key'), or bind 127.0.0.1.`,
    )
  }
  const connection = new Connection({
    url,
    settings,
    whenAway: 'fail',
    onState: (state, reason) => {
      if (state === 'away') log.warn({ reason }, 'the store is away; trying again until it is back')
      else log.info('the store is there')
    },
  })
  const wakeUps = new BullWakeUps({ url, whenAway: 'fail' })
  const watch = new Watch(connection)
  const catalog = new CatalogReader(connection, watch)
  const store = new RedisTaskStore(connection, settings)
  const onWakeUpLost = (taskId: string, error: unknown) =>
    log.warn({ taskId, reason: (error as Error).message }, 'the wake-up was lost; the sweeper will add it')
  const app = buildApp({
    settings,
    log,
    health: { isReady: () => connection.isReady() },
    deps: {
      engine: new Engine({ store, wakeUps, catalog, settings, onWakeUpLost }),
      catalog,
      sessions: new Sessions(connection, settings),
      delivery: new Delivery(connection, settings),
      watch: new RedisTaskWatch(watch),
      settings,
      streams: new Streams(),
    },
  })
  const shutDown = async () => {
    await app.close()
    await wakeUps.close()
    await connection.close()
  }
  try {
    const address = await app.listen({ host: settings.host, port: settings.port })
    let closing: Promise<void> | undefined
    const close = () => {
      closing ??= shutDown()
      return closing
    }
    return { address, close }
  } catch (error) {
    await shutDown()
    throw error
  }
}
