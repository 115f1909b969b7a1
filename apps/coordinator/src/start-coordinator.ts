import { AuditedEngine, Engine } from '@longhaul/engine'
import { BullWakeUps } from '@longhaul/queue'
import {
  CatalogReader,
  Connection,
  Continuity,
  Delivery,
  describeLoss,
  describeSkew,
  EventLog,
  HostedTasks,
  RecentWorkers,
  RedisOpenTasks,
  RedisTaskStore,
  RedisTaskWatch,
  ResourceWatch,
  Sessions,
  SharedSecret,
  Watch,
  Workers,
  warningsAbout,
} from '@longhaul/store'
import { describeDurability, knowsCallers, type Principal, type Settings } from '@longhaul/task'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { AuditLog } from './audit.ts'
import { isLoopback } from './guards/reachable-as.ts'
import { isUnavailable } from './is-unavailable.ts'
import { Streams } from './streams.ts'

export interface CoordinatorOptions {
  readonly url: string
  readonly settings: Settings
  readonly log: Logger
  /** Key of the person at this machine. Where there is one, nobody is served without a key. */
  readonly localKey?: string | undefined
  /** Who that is, where it is more than that. */
  readonly localPrincipal?: Principal | undefined
}

export interface RunningCoordinator {
  /** Where it listens, for example `http://127.0.0.1:4620`. */
  readonly address: string
  /** Ends its streams, whose clients resume elsewhere, and lets requests in hand finish. Idempotent. */
  close(): Promise<void>
}

/**
 * Serves until it is closed. Starts while the store is away, too: then /readyz says so.
 * @throws Error when others than this machine could reach it without a key, when a setting cannot be used, and when its
 *   port is taken
 */
export async function startCoordinator({
  url,
  settings,
  log,
  localKey,
  localPrincipal,
}: CoordinatorOptions): Promise<RunningCoordinator> {
  if (!isLoopback(settings.host) && !knowsCallers(settings)) {
    throw new Error(
      `Bound to ${settings.host}, others could use this server without a key. Set LONGHAUL_API_KEYS (see 'longhaul key') or LONGHAUL_OAUTH_ISSUERS, or bind 127.0.0.1.`,
    )
  }
  if (settings.publicUrl !== '' && !knowsCallers(settings)) {
    log.warn(
      'LONGHAUL_PUBLIC_URL is set, and neither LONGHAUL_API_KEYS nor LONGHAUL_OAUTH_ISSUERS: whoever reaches that address may do everything',
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
    onRefused: (reason) => log.error(reason),
    onFull: (isFull) => {
      if (isFull) log.error('the store is full and takes nothing new; give it more memory or disk')
      else log.info('the store takes what is new again')
    },
  })
  const wakeUps = new BullWakeUps({ url, whenAway: 'fail' }, connection.lend())
  const isSynced = settings.durability === 'fsync'
  const continuity = new Continuity({
    connection,
    isSynced,
    onLoss: (loss) => log.error(loss, describeLoss(loss)),
  })
  const closing: (() => Promise<void>)[] = [() => connection.close(), () => wakeUps.close(), () => continuity.stop()]
  const shutDown = async () => {
    for (const close of closing.toReversed()) await close()
  }
  try {
    void warnAboutStore({ connection, settings, log })
    // A store that is away may still turn out to be good enough; one that is there has to be.
    await connection.admitted().catch(() => {})
    if (connection.refusal !== undefined) throw new Error(connection.refusal)
    // A task that is made before it is known whether the store forgot something would count as one of before.
    await continuity.beat().catch(() => {})
    continuity.start()
    const app = openApp({ connection, continuity, wakeUps, settings, log, localKey, localPrincipal })
    closing.push(() => closeApp(app, settings))
    const address = await app.listen({ host: settings.host, port: settings.port })
    let closed: Promise<void> | undefined
    return {
      address,
      close: () => {
        closed ??= shutDown()
        return closed
      },
    }
  } catch (error) {
    await shutDown()
    throw error
  }
}

interface Parts extends Pick<CoordinatorOptions, 'settings' | 'log' | 'localKey' | 'localPrincipal'> {
  readonly connection: Connection
  readonly continuity: Continuity
  readonly wakeUps: BullWakeUps
}

function openApp(parts: Parts): FastifyInstance {
  const { connection, continuity, wakeUps, settings, log, localKey, localPrincipal } = parts
  const watch = new Watch(connection)
  const catalog = new CatalogReader(connection, watch)
  const store = new RedisTaskStore(connection, settings)
  const openTasks = new RedisOpenTasks(connection)
  const secret = new SharedSecret(connection)
  const workers = new RecentWorkers(new Workers(connection, watch, settings))
  const onWakeUpLost = (taskId: string, error: unknown) =>
    log.warn({ taskId, reason: (error as Error).message }, 'the wake-up was lost; the sweeper will add it')
  const auditLog = settings.audit === 'off' ? undefined : new AuditLog(log)
  const ports = { store, wakeUps, catalog, openTasks, workers, settings, onWakeUpLost }
  return buildApp({
    settings,
    log,
    auditLog,
    localKey,
    localPrincipal,
    health: {
      isReady: () => connection.isReady(),
      loss: () => continuity.loss,
      refusal: () => connection.refusal,
      isStoreFull: () => connection.isFull,
      countWorkers: async () => (await workers.live()).length,
      durability: describeDurability(settings),
    },
    deps: {
      engine: auditLog
        ? new AuditedEngine(ports, { audit: (record) => auditLog.did(record), reads: settings.audit === 'all' })
        : new Engine(ports),
      catalog,
      sessions: new Sessions(connection, settings),
      delivery: new Delivery(connection, settings),
      hosted: new HostedTasks(connection, settings),
      watch: new RedisTaskWatch(watch),
      eventLog: new EventLog(connection),
      resources: new ResourceWatch(watch),
      settings,
      secret: () => secret.read(),
      streams: new Streams((error) => {
        if (!isUnavailable(error)) log.error({ err: error }, 'a stream broke')
      }),
    },
  })
}

/** Once, when the store is there for the first time. */
async function warnAboutStore({
  connection,
  settings,
  log,
}: Pick<Parts, 'connection' | 'settings' | 'log'>): Promise<void> {
  const { durability, replicas } = settings
  try {
    const askedAt = Date.now()
    const facts = await connection.serverFacts()
    const skew = describeSkew(facts, { askedAt, answeredAt: Date.now() })
    if (skew !== undefined) log.warn(skew)
    for (const line of warningsAbout(facts, {
      isCluster: connection.isCluster,
      neededReplicas: durability === 'replica' ? replicas : 0,
    }))
      log.warn(line)
  } catch {
    connection.onceBack(() => void warnAboutStore({ connection, settings, log }))
  }
}

/** Requests in hand may finish, but who is slow to ask does not hold up the end. */
async function closeApp(app: FastifyInstance, { shutdownGraceMs }: Settings): Promise<void> {
  const tooLong = setTimeout(() => app.server.closeAllConnections(), shutdownGraceMs)
  await app.close()
  clearTimeout(tooLong)
}
