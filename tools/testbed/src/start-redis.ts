import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findProgram, NATIVE_SERVERS } from '@longhaul/embedded'
import { Redis } from 'ioredis'

/** A redis-server or valkey-server of a test, with files of its own, to be killed and started again. */
export interface TestRedis {
  readonly port: number
  /** `redis://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string
  /** Where its files are. */
  readonly dir: string
  readonly pid: number
  /** A client for looking into it. */
  readonly client: Redis
  /** Resolves when it is gone. SIGSTOP and SIGCONT resolve at once. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Starts it again, with the same files and port. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

export interface TestRedisOptions {
  /** Arguments of the program: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[]
  /** Program and first arguments, instead of the server on the PATH. */
  readonly command?: readonly string[]
}

/** Nothing is persisted unless `args` say so. Needs `redis-server` (see needs.ts). */
export async function startRedis({ args = [], command }: TestRedisOptions = {}): Promise<TestRedis> {
  const [program = 'redis-server', ...first] = command ?? [findProgram(NATIVE_SERVERS, process.env) ?? 'redis-server']
  const port = await findFreePort()
  const dir = await mkdtemp(join(tmpdir(), 'longhaul-redis-'))
  const basic = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir]
  const persistence = first.length > 0 ? [] : ['--save', '', '--appendonly', 'no']
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  })
  client.on('error', () => {})
  let child: ChildProcess
  const start = async () => {
    child = spawn(program, [...first, ...basic, ...persistence, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
    if (child.pid === undefined) throw new Error(`${program} cannot be run.`)
    reaper().send({ kind: 'watch', pid: child.pid })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${program} ended at its start:\n${output}`)
    })
    ended.catch(() => {})
    await Promise.race([untilItAnswers(port), ended])
  }
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return
    await exited
    reaper().send({ kind: 'forget', pid: child.pid })
  }
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    get pid() {
      return child.pid ?? -1
    },
    client,
    kill,
    start,
    stop: async () => {
      client.disconnect()
      await kill('SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

let theReaper: ChildProcess | undefined
/** Ends the servers when this process cannot any more, since it was killed. */
function reaper(): ChildProcess {
  if (!theReaper) {
    theReaper = fork(join(import.meta.dirname, 'fixtures/reaper.ts'), { stdio: 'ignore' })
    theReaper.unref()
    theReaper.channel?.unref()
  }
  return theReaper
}

/** Not one of the highest, so that the port of a cluster's bus (10000 more) is one as well. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 25_000)
    const [isFree, isBusFree] = await Promise.all([port, port + 10_000].map(canListen))
    if (isFree && isBusFree) return port
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false)
  if (isFree) await new Promise((resolve) => server.close(resolve))
  return isFree
}

async function untilItAnswers(port: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  while ((await redis.ping().catch(() => '')) !== 'PONG') await delay(20)
  redis.disconnect()
}
