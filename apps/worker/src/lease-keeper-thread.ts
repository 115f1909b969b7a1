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
const FATAL = 60
/** How long the last words may take: nobody may be reading them. */
const LAST_WORDS_MS = 1000

const { url, settings, held: buffer } = workerData as LeaseKeeperData
const connection = new Connection({ url, settings, whenAway: 'wait' })
const claims = new RedisClaimStore(connection, settings)
const held = new HoldTable(buffer)
const silence = new Silence(settings.stuckAfterMs)

const tell = (message: FromLeaseKeeper) => parentPort?.postMessage(message)

parentPort?.on('message', (_alive: ToLeaseKeeper) => silence.end())

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
  tell({ kind: 'ping' })
}

/** Whoever supervises it starts it again; its tasks are in doubt. */
async function endProcess(): Promise<void> {
  const msg = `a tool has kept this worker from hearing anything for ${settings.stuckAfterMs} ms (LONGHAUL_STUCK_AFTER_MS); it is killed`
  const tasks = held.holds().map(({ taskId }) => taskId)
  const line = JSON.stringify({ level: FATAL, time: Date.now(), pid: process.pid, name: 'worker', tasks, msg })
  // The stream of this thread goes through the other one.
  const said = new Promise((resolve) => write(STDERR, `${line}\n`, resolve))
  await Promise.race([said, delay(LAST_WORDS_MS)])
  process.kill(process.pid, 'SIGKILL')
}
