import { write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Connection, RedisClaimStore } from '@longhaul/store'
import { HoldTable } from './hold-table.ts'
import type { FromLeaseKeeper, LeaseKeeperData, ToLeaseKeeper } from './lease-messages.ts'
import { repeat } from './repeat.ts'
import { Silence } from './silence.ts'

// Program of a thread: renews the leases of the claims that it is told of, and sees whether the other thread lives.

const STDERR = 2
const INFO = 30
const WARN = 40
const FATAL = 60
/** Levels at which nothing below `error` is logged. */
const TERSE = new Set(['error', 'fatal', 'silent'])
/** How long the last words may take: nobody may be reading them. */
const LAST_WORDS_MS = 1000

const { url, settings, held: buffer } = workerData as LeaseKeeperData
const connection = new Connection({ url, settings, whenAway: 'wait' })
const claims = new RedisClaimStore(connection, settings)
const held = new HoldTable(buffer)
const silence = new Silence(settings.stuckAfterMs)
/** From then on nobody hears of this worker any more: its own heartbeats come from the other thread. */
const tellAfterMs = 3 * settings.heartbeatMs
let isTold = false

const tell = (message: FromLeaseKeeper) => parentPort?.postMessage(message)

parentPort?.on('message', (_alive: ToLeaseKeeper) => {
  if (isTold) void say(INFO, `this worker hears again, after ${Math.round(silence.ms)} ms`)
  isTold = false
  silence.end()
})

tell({ kind: 'ready' })
repeat(settings.leaseMs / 3, renew, (error) => tell({ kind: 'trouble', message: (error as Error).message }))
repeat(silence.lookEveryMs, look, () => {})

async function renew(): Promise<void> {
  const runs = held.holds()
  if (runs.length === 0) return
  const records = await claims.renew(runs, settings.leaseMs)
  tell({ kind: 'renewed', renewals: runs.map((run, place) => ({ ...run, records: records[place] })) })
}

async function look(): Promise<void> {
  if (silence.isTooLong()) await endProcess()
  if (!isTold && silence.ms > tellAfterMs) {
    isTold = true
    const since = `a tool has kept this worker from hearing anything for ${Math.round(silence.ms)} ms`
    const then = `after ${settings.stuckAfterMs} ms (LONGHAUL_STUCK_AFTER_MS) it is killed`
    void say(WARN, `${since}: its tasks stand still, and it is not listed among the workers; ${then}`)
  }
  tell({ kind: 'ping' })
}

/** Whoever supervises it starts it again; its tasks are in doubt. */
async function endProcess(): Promise<void> {
  const msg = `a tool has kept this worker from hearing anything for ${settings.stuckAfterMs} ms (LONGHAUL_STUCK_AFTER_MS); it is killed`
  await Promise.race([say(FATAL, msg), delay(LAST_WORDS_MS)])
  process.kill(process.pid, 'SIGKILL')
}

/** A line of the log, with the tasks in hand. The stream of this thread goes through the other one. */
async function say(level: number, msg: string): Promise<void> {
  if (level < FATAL && TERSE.has(settings.logLevel)) return
  const tasks = held.holds().map(({ taskId }) => taskId)
  const line = JSON.stringify({ level, time: Date.now(), pid: process.pid, name: 'worker', tasks, msg })
  await new Promise((resolve) => write(STDERR, `${line}\n`, resolve))
}
