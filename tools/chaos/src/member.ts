import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type SpawnedNode, type StoreProxy, spawnNode } from '@longhaul/testbed'
import { NEW, OLD } from './elders.ts'

const MAIN = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))
const PROJECT = fileURLToPath(new URL('../project', import.meta.url))

/** Longer than any freeze of a plan. */
const FROZEN_AT_MOST_S = 15

/** A worker or a coordinator that takes longer does not start at all. */
const STARTS_WITHIN_MS = 60_000
/** Three times as long as what is under way is waited for, by default. */
const ENDS_WITHIN_MS = 30_000

export type Role = 'worker' | 'coordinator'

/** One process that there was. */
export interface ProcessSeen {
  readonly role: Role
  /** Of the member: `worker 2`. */
  readonly name: string
  readonly pid: number
  /** What a worker calls itself in heartbeats and events; empty for a coordinator. */
  readonly worker: string
  readonly startedAt: number
  /** Of the tools whose code changes. */
  readonly version: string
  /** Set when it ended although nobody had ended it, with what it wrote last. */
  endedUnasked?: string
}

/**
 * `up`: it does what it should. `down`: it was killed, and is being started. `frozen`: stopped by SIGSTOP. `apart`: it
 * runs, and the store is away for it alone.
 */
export type MemberState = 'up' | 'down' | 'frozen' | 'apart'

export interface MemberOptions {
  readonly role: Role
  readonly name: string
  readonly env: NodeJS.ProcessEnv
  /** Its way to the store, which is its own. */
  readonly proxy: StoreProxy
  readonly onStart: (process: ProcessSeen) => void
}

/** A place in the installation: a worker or a coordinator, which is started again whenever its process was killed. */
export class Member {
  readonly role: Role
  readonly name: string
  readonly proxy: StoreProxy
  state: MemberState = 'down'
  /** When it last became `up`. */
  upSince = 0
  readonly #options: MemberOptions
  readonly #ended = new WeakSet<SpawnedNode>()
  #process: SpawnedNode | undefined
  #waker: ChildProcess | undefined
  #address = ''
  #version = OLD

  constructor(options: MemberOptions) {
    this.#options = options
    this.role = options.role
    this.name = options.name
    this.proxy = options.proxy
  }

  /** Of its newest process; -1 before the first. */
  get pid(): number {
    return this.#process?.pid ?? -1
  }

  /** Where a coordinator listens; empty for a worker. */
  get address(): string {
    return this.#address
  }

  /** Resolves when it takes work. @param env more settings than it had before */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const { role, name, proxy, onStart } = this.#options
    const version = this.#version
    const process = spawnNode(MAIN, {
      args: role === 'worker' ? [role, PROJECT] : [role],
      env: { ...this.#options.env, REDIS_URL: proxy.url, CHAOS_VERSION: version, ...env },
    })
    this.#process = process
    const ready = Promise.all([
      process.ready(isReady),
      role === 'worker' ? process.ready(/"worker":"([\w-]+)"/).then(([, id = '']) => id) : '',
    ])
    const begun = await Promise.race([ready, delay(STARTS_WITHIN_MS, undefined, { ref: false })])
    if (!begun) throw new Error(`${name} did not start within ${STARTS_WITHIN_MS} ms. It wrote:\n${process.output}`)
    const [{ address = '' }, worker] = begun
    this.#address = address
    const seen: ProcessSeen = { role, name, pid: process.pid, worker, startedAt: Date.now(), version }
    void process.exited.then(({ code, signal }) => {
      if (!this.#ended.has(process))
        seen.endedUnasked = `${signal ?? `exit code ${code}`}: ${lastLines(process.output)}`
    })
    onStart(seen)
    this.setUp()
  }

  /** Whenever it is started from now on, some tools have other code. */
  changeCode(): void {
    this.#version = NEW
  }

  setUp(): void {
    this.state = 'up'
    this.upSince = Date.now()
  }

  /** Ends its process by a signal. Resolves to its exit code, null where the signal was its end. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.state = 'down'
    this.#dismissWaker()
    const process = this.#process
    if (!process) return null
    this.#ended.add(process)
    const ended = await Promise.race([process.kill(signal), delay(ENDS_WITHIN_MS, undefined, { ref: false })])
    return (ended ?? (await process.kill('SIGKILL'))).code
  }

  freeze(): void {
    this.state = 'frozen'
    process.kill(this.pid, 'SIGSTOP')
    // Should this process be killed meanwhile, somebody else wakes the other, which ends then.
    const order = `sleep ${FROZEN_AT_MOST_S}; kill -CONT ${this.pid}`
    this.#waker = spawn('sh', ['-c', order], { detached: true, stdio: 'ignore' })
    this.#waker.unref()
  }

  thaw(): void {
    this.#dismissWaker()
    process.kill(this.pid, 'SIGCONT')
    this.setUp()
  }

  #dismissWaker(): void {
    // The shell and its sleep are a group of their own.
    const { pid, exitCode } = this.#waker ?? {}
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL')
    this.#waker = undefined
  }
}

interface Ready {
  readonly kind: 'ready'
  readonly address?: string
}
const isReady = (message: unknown): message is Ready => (message as Ready).kind === 'ready'

const lastLines = (output: string): string => output.split('\n').slice(-5).join('\n')
