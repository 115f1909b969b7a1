import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { closeUp, describeUnderUndo, sweep } from '@longhaul/engine'
import { BullWakeUps, WakeUpWorker } from '@longhaul/queue'
import type { ModelChooser } from '@longhaul/runtime'
import {
  CatalogAnnouncer,
  CatalogReader,
  type Connection,
  Continuity,
  describeLoss,
  OpenTaskCounter,
  RedisClaimStore,
  RedisDueStore,
  RedisPauses,
  RedisTaskStore,
  tellResourceUpdated,
  Watch,
  Workers,
} from '@longhaul/store'
import type { Problem } from '@longhaul/task'
import { AloneProcesses } from './alone-processes.ts'
import { HandedOver } from './code-change/handed-over.ts'
import { openCodeChanges } from './code-change/open-code-changes.ts'
import type { Definitions } from './definitions.ts'
import { followProject, type Reloaded } from './follow-project.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { ListedTools } from './listed-tools.ts'
import { loadDefinitions } from './load-definitions.ts'
import { logProblems } from './log-problems.ts'
import { onCodeLoaded } from './on-code-loaded.ts'
import { closeAndThrow, openConnection } from './open-connection.ts'
import { checkProjectFolder } from './project/project-folder.ts'
import { ProjectWatch } from './project/project-watch.ts'
import { repeat } from './repeat.ts'
import { TaskRunner } from './task-runner.ts'
import { warnOfSkew } from './warn-of-skew.ts'
import { within } from './within.ts'
import type { ForkAlone, WorkerOptions } from './worker-options.ts'

/** How long a worker that ends waits to say so to the store. */
const LEAVE_WITHIN_MS = 3000

export interface StartOptions extends WorkerOptions {
  readonly forkAlone: ForkAlone
  /** Told of code of the project that has changed, where changes are followed: only another process can run it. */
  readonly onOutdated?: (files: readonly string[]) => void
}

export interface RunningWorker {
  readonly id: string
  readonly tools: readonly string[]
  readonly problems: readonly Problem[]
  /** Resolves when no task is in hand. */
  idle(): Promise<void>
  /** Takes nothing more, and hands its tasks over to other workers (`TaskRunner.leave`). Idempotent. */
  close(): Promise<void>
}

/**
 * Loads the project, announces what it can run, and runs it until it is closed. While the store is away it waits.
 * @throws Error when there is no such project, or the store refuses
 */
export async function startWorker(options: StartOptions): Promise<RunningWorker> {
  const { url, settings, dir, log } = options
  checkProjectFolder(dir)
  // From before the project is loaded, so that no change is missed.
  const watch = settings.projectChanges === 'follow' ? new ProjectWatch(dir) : undefined
  if (watch) onCodeLoaded(dir, (path) => watch.noteCode(path))
  const refused = Promise.withResolvers<never>()
  refused.promise.catch(() => {})
  const connection = openConnection(options, (reason) => refused.reject(new Error(reason)))
  const loading = loadDefinitions(options, new RedisPauses(connection))
  const { definitions, models, upstreams, reload } = await loading.catch(closeAndThrow(connection))
  logProblems(log, definitions.problems)

  const wakeUps = new BullWakeUps({ url, whenAway: 'wait' }, connection.lend())
  const leases = new LeaseKeeper(options)
  const letGo = async () => {
    await Promise.all([wakeUps.close(), connection.close(), leases.close(), upstreams.close()])
  }
  try {
    // Once it works, it waits for a store that is not good enough any more; it does not begin with one.
    await Promise.race([connection.admitted(), refused.promise])
    void warnOfSkew(connection, log)
    const following = watch && { watch, reload }
    const { id, idle, leave } = await work({ options, definitions, models, following, connection, wakeUps, leases })
    const shutDown = async () => {
      await leave()
      await letGo()
    }
    let closing: Promise<void> | undefined
    return {
      id,
      tools: definitions.names,
      problems: definitions.problems,
      idle,
      close: () => {
        closing ??= shutDown()
        return closing
      },
    }
  } catch (error) {
    await letGo()
    throw error
  }
}

interface Parts {
  readonly options: StartOptions
  readonly definitions: Definitions
  readonly models: ModelChooser
  /** Where changes of the project are followed. */
  readonly following: { readonly watch: ProjectWatch; readonly reload: () => Promise<() => Promise<void>> } | undefined
  readonly connection: Connection
  readonly wakeUps: BullWakeUps
  readonly leases: LeaseKeeper
}

/** Takes wake-ups until `leave`. */
async function work({ options, definitions, models, following, connection, wakeUps, leases }: Parts) {
  const { url, settings, version, log, forkAlone } = options
  const startedAt = Date.now()
  const id = randomBytes(9).toString('base64url')
  const claims = new RedisClaimStore(connection, settings)
  const alone = new AloneProcesses({ fork: forkAlone, settings, log })
  const runAlone = (taskId: string) => alone.run(taskId)
  const watch = new Watch(connection)
  const store = new RedisTaskStore(connection, settings)
  // Who would wait for room in the store would not remove what is over.
  const swept = new RedisTaskStore(connection, settings, { evenWhenFull: false })
  const catalog = new CatalogReader(connection, watch)
  const listed = new ListedTools(definitions, catalog)
  const workers = new Workers(connection, watch, settings)
  const codeChanges = openCodeChanges({ worker: id, workers, catalog, settings, log })
  const runner = new TaskRunner({
    ...{ worker: id, claims, leases, wakeUps, definitions, models, settings, log, runAlone, codeChanges },
    findEntry: (name) => listed.find(name),
    describeUnderUndo: (taskIds) => describeUnderUndo({ store, wakeUps }, taskIds),
    closeUp: (taskId) => closeUp({ store, wakeUps }, taskId),
  })
  leases.onRenewed((renewal) => runner.news.learn(renewal))
  const announcer = new CatalogAnnouncer(connection, settings)
  const due = new RedisDueStore(connection, settings)
  const openTasks = new OpenTaskCounter(connection)
  const queues = settings.queues.length > 0 ? settings.queues : ['default']
  let isLeaving = false
  const beat = async () => {
    const { concurrency } = settings
    const { refusedWrites } = claims
    const { allNames: tools } = definitions
    // A worker that ends takes no tasks over for the sake of its versions.
    const versions = isLeaving ? {} : definitions.versions
    const now = { running: runner.size, tools, versions, refusedWrites, beatAt: Date.now() }
    const self = { id, host: hostname(), pid: process.pid, version, queues, concurrency, startedAt, ...now }
    // Each as far as a store takes it that is full.
    await Promise.all([workers.beat(self), announcer.announce(definitions.catalog())])
    await listed.refresh()
  }
  // That the store is full is said once, and what it refused comes again.
  const inLog = (what: string) => (error: unknown) => void (connection.isFull || log.error({ err: error }, what))
  const continuity = new Continuity({
    connection,
    isSynced: settings.durability === 'fsync',
    onLoss: (loss) => log.error(loss, describeLoss(loss)),
    onNewIncarnation: (soundAt) => void runner.news.carryOver(soundAt).catch(inLog('claims could not be carried over')),
  })
  await continuity.beat()
  continuity.start()
  const handedOver = new HandedOver(settings.concurrency, (wakeUp) => runner.advance(wakeUp))
  const stopListening = await workers.listen(
    id,
    (news, taskId) => runner.news.hear(news, taskId),
    (wakeUp) => handedOver.take(wakeUp),
  )
  await beat()
  const stopReading = await catalog.watch(() => void listed.refresh().catch(inLog('the catalog could not be read')))

  const loops = [
    repeat(settings.heartbeatMs, beat, inLog('the heartbeat failed')),
    repeat(
      settings.sweepIntervalMs,
      async () => {
        if (!(await due.isMyTurn(id))) return
        try {
          await sweep({ due, store: swept, wakeUps, workers })
        } finally {
          await openTasks.count()
        }
      },
      inLog('the sweep failed'),
    ),
  ]
  if (following) {
    const { watch, reload } = following
    const onReloaded = async ({ gone, updated }: Reloaded) => {
      await announcer.withdraw(gone)
      await beat()
      await Promise.all(updated.map((uri) => tellResourceUpdated(connection, uri)))
    }
    const reloadNow = async () => {
      const letGo = await reload()
      // Tasks that began with the servers of before end with them.
      void runner.letGoOfThese().then(letGo)
    }
    const onOutdated = (files: readonly string[]) => {
      log.warn({ files }, 'code has changed that this process runs as it was')
      options.onOutdated?.(files)
    }
    loops.push(followProject({ watch, definitions, reload: reloadNow, onReloaded, onOutdated, log }))
  }
  await leases.ready
  const wakeUpWorker = new WakeUpWorker({
    url,
    queues,
    concurrency: settings.concurrency,
    lockMs: settings.leaseMs,
    advance: (wakeUp) => runner.advance(wakeUp),
    onError: (error) => log.debug({ err: error }, 'the queue connection'),
  })
  await wakeUpWorker.start()

  const sayGoodbye = async () => {
    await wakeUpWorker.drain()
    await Promise.all(loops.map((loop) => loop.stop()))
    await stopListening()
    await stopReading()
    await workers.leave(id)
    await continuity.stop()
  }
  const leave = async () => {
    handedOver.close()
    isLeaving = true
    // On its way before the first task is handed over.
    const lastBeat = beat().catch(inLog('the heartbeat failed'))
    const left = Promise.all([runner.leave(), alone.stop()])
    void wakeUpWorker.drain()
    await left
    // Whatever waits for a store that is away ends with the connection to it.
    await within(LEAVE_WITHIN_MS, lastBeat.then(sayGoodbye).catch(inLog('the worker could not say that it ends')))
    await wakeUpWorker.close()
  }
  return { id, idle: () => runner.idle(), leave }
}
