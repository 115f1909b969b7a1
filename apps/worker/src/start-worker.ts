import { randomBytes } from 'node:crypto'
import { sweep } from '@longhaul/engine'
import { BullWakeUps, WakeUpWorker } from '@longhaul/queue'
import type { ModelChooser } from '@longhaul/runtime'
import {
  CatalogAnnouncer,
  Connection,
  RedisClaimStore,
  RedisDueStore,
  RedisTaskStore,
  Watch,
  Workers,
} from '@longhaul/store'
import { formatProblem, type Problem, type Settings } from '@longhaul/task'
import { connectUpstreams } from '@longhaul/upstream'
import type { Logger } from 'pino'
import { Definitions } from './definitions.ts'
import { createModels } from './models.ts'
import { loadProject } from './project.ts'
import { repeat } from './repeat.ts'
import { TaskRunner } from './task-runner.ts'
import { within } from './within.ts'

/** How long a start waits for upstream servers; those that are slower join when they are there. */
const UPSTREAM_START_MS = 15_000
/** How long a worker that ends waits to say so to the store. */
const LEAVE_WITHIN_MS = 3000

export interface WorkerOptions {
  readonly url: string
  readonly settings: Settings
  /** The user's project folder. */
  readonly dir: string
  readonly env: NodeJS.ProcessEnv
  readonly version: string
  readonly log: Logger
}

export interface RunningWorker {
  readonly id: string
  readonly tools: readonly string[]
  readonly problems: readonly Problem[]
  /** Takes nothing more, waits `shutdownGraceMs` for what it has in hand, and lets go of the rest. Idempotent. */
  close(): Promise<void>
}

/**
 * Loads the project, announces what it can run, and runs it until it is closed. While the store is away it waits.
 * @throws Error when there is no such project, or the store refuses
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { url, settings, dir, env, version, log } = options
  const project = await loadProject(dir, env)
  const clientInfo = { name: 'longhaul', version }
  const upstreams = connectUpstreams(project.servers, { log, clientInfo, dir, timeoutMs: settings.upstreamTimeoutMs })
  await within(UPSTREAM_START_MS, upstreams.settled)
  const models = createModels({ env, folder: dir, modelTimeoutMs: settings.modelTimeoutMs })
  const definitions = new Definitions(project, upstreams, models)
  for (const problem of definitions.problems)
    log[problem.severity === 'error' ? 'error' : 'warn'](formatProblem(problem))

  const connection = new Connection({
    url,
    settings,
    whenAway: 'wait',
    onState: (state, reason) => {
      if (state === 'away') log.warn({ reason }, 'the store is away; trying again until it is back')
      else log.info('the store is there')
    },
  })
  const wakeUps = new BullWakeUps({ url, whenAway: 'wait' })
  const letGo = async () => {
    await Promise.all([wakeUps.close(), connection.close(), upstreams.close()])
  }
  try {
    const { id, leave } = await work({ options, definitions, models, connection, wakeUps })
    const shutDown = async () => {
      await leave()
      await letGo()
    }
    let closing: Promise<void> | undefined
    return {
      id,
      tools: definitions.names,
      problems: definitions.problems,
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
  readonly options: WorkerOptions
  readonly definitions: Definitions
  readonly models: ModelChooser
  readonly connection: Connection
  readonly wakeUps: BullWakeUps
}

/** Takes wake-ups until `leave`. */
async function work({ options, definitions, models, connection, wakeUps }: Parts) {
  const { url, settings, log } = options
  const id = randomBytes(9).toString('base64url')
  const claims = new RedisClaimStore(connection, settings)
  const runner = new TaskRunner({ worker: id, claims, definitions, models, settings, log })
  const workers = new Workers(connection, new Watch(connection), settings)
  const announcer = new CatalogAnnouncer(connection, settings)
  const due = new RedisDueStore(connection, settings)
  const store = new RedisTaskStore(connection, settings)
  const queues = settings.queues.length > 0 ? settings.queues : ['default']
  const beat = async () => {
    const { concurrency } = settings
    const { refusedWrites } = claims
    await workers.beat({ id, pid: process.pid, queues, concurrency, running: runner.size, refusedWrites })
    await announcer.announce(definitions.catalog())
  }
  const stopListening = await workers.listen(id, (news, taskId) => runner.hear(news, taskId))
  await beat()

  const inLog = (what: string) => (error: unknown) => log.error({ err: error }, what)
  const loops = [
    repeat(settings.leaseMs / 3, () => runner.renew(), inLog('leases could not be renewed')),
    repeat(settings.heartbeatMs, beat, inLog('the heartbeat failed')),
    repeat(
      settings.sweepIntervalMs,
      async () => {
        if (await due.isMyTurn(id)) await sweep({ due, store, wakeUps })
      },
      inLog('the sweep failed'),
    ),
  ]
  const wakeUpWorker = new WakeUpWorker({
    url,
    queues,
    concurrency: settings.concurrency,
    advance: (taskId) => runner.advance(taskId),
    onError: (error) => log.debug({ err: error }, 'the queue connection'),
  })
  await wakeUpWorker.ready()

  const finish = async () => {
    await wakeUpWorker.pause()
    await runner.idle()
  }
  const sayGoodbye = async () => {
    await wakeUpWorker.close(true)
    await Promise.all(loops.map((loop) => loop.stop()))
    await stopListening()
    await workers.leave(id)
  }
  const leave = async () => {
    await within(settings.shutdownGraceMs, finish())
    runner.stopAll(new Error('The worker stops.'))
    // Whatever waits for a store that is away ends with the connection to it.
    await within(LEAVE_WITHIN_MS, sayGoodbye().catch(inLog('the worker could not say that it ends')))
  }
  return { id, leave }
}
