import { setTimeout as delay } from 'node:timers/promises'
import { findKeyLeaks } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRaw, type RawClient } from '../crash-project/driver/raw-client.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** How long the long calls take, and what the workers wait for them. `ROLLING_RESTART=full` is the size of real life. */
const IS_FULL = process.env.ROLLING_RESTART === 'full'
const { longMs, graceMs } = IS_FULL ? { longMs: 60_000, graceMs: 10_000 } : { longMs: 6000, graceMs: 1000 }
/** Tasks that come before each restart. */
const BATCH = IS_FULL ? 20 : 10
const SHORT_CALLS = 5
const WORKERS = 3
/** Without handing over a task goes on when its lease is out, after 5 s. */
const GOES_ON_WITHIN_MS = IS_FULL ? 2000 : 5000
const TIMEOUT_MS = 15 * longMs + 120_000

let world: World
let client: RawClient
beforeAll(async () => {
  const env = { LONGHAUL_SHUTDOWN_GRACE_MS: String(graceMs), LONGHAUL_CONCURRENCY: String(WORKERS * BATCH) }
  world = await startWorld({ coordinators: 1, workers: WORKERS, env })
  client = await connectRaw(world.stack.url(), world.stack.roundRobin)
}, 60_000)
afterAll(() => world?.stop())

test('every worker restarted under load: no task is lost, nothing is done twice, and each goes on at once', {
  timeout: TIMEOUT_MS,
}, async () => {
  const runs: Begun[] = []
  for (const { process } of world.stack.workers.slice(0, WORKERS)) {
    runs.push(...(await Promise.all(Array.from({ length: BATCH }, (_, place) => begin(runs.length + place)))))
    await expect.poll(() => longCallsOf(process.pid), { timeout: 60_000 }).toBeGreaterThan(0)
    const toldAt = performance.now()
    expect(await process.kill('SIGTERM')).toEqual({ code: 0, signal: null })
    const tookMs = performance.now() - toldAt
    await world.stack.addWorker()
    console.log(`a worker ended ${Math.round(tookMs)} ms after SIGTERM, and another is there`)
  }

  for (const { run, taskId } of runs) {
    expect(await endOf(taskId), run).toEqual({ status: 'completed' })
    expect(writtenIn(run), run).toEqual(WRITTEN)
  }
  const gapsMs = runs.flatMap(({ run }) => gapsOf(run)).sort((a, b) => a - b)
  const middleMs = gapsMs[Math.floor(gapsMs.length / 2)]
  const stopped = world.recorder.reports.filter(({ phase }) => phase === 'aborted').length
  console.log(
    `${gapsMs.length} times a task was handed over, ${stopped} calls were stopped; ` +
      `from the last word of the old worker to the first of the new: median ${middleMs} ms, longest ${gapsMs.at(-1)} ms`,
  )
  expect(stopped).toBeGreaterThanOrEqual(WORKERS)
  expect(gapsMs.length).toBeGreaterThan(stopped)
  expect(gapsMs.at(-1)).toBeLessThan(GOES_ON_WITHIN_MS)
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

const WRITTEN = Object.fromEntries(
  [...Array.from({ length: SHORT_CALLS }, (_, call) => `short-${call + 1}`), 'long', 'last'].map((key) => [key, 1]),
)

interface Begun {
  readonly run: string
  readonly taskId: string
}

/** Long calls that are under way on this worker. */
function longCallsOf(worker: number): number {
  const own = world.recorder.reports.filter((report) => report.worker === worker && report.what.endsWith('/long'))
  return own.filter(({ phase }) => phase === 'begun').length - own.filter(({ phase }) => phase !== 'begun').length
}

/** A third of the tasks is in short calls for a while, the others come to their long one at different times. */
async function begin(place: number): Promise<Begun> {
  const run = `roll${place}`
  const shortMs = [50, 200, 1000][place % 3]
  const args = { run, shortCalls: SHORT_CALLS, shortMs, longMs }
  const { task } = await client.request('tools/call', { name: 'long', arguments: args, task: {} })
  return { run, taskId: (task as { readonly taskId: string }).taskId }
}

async function endOf(taskId: string): Promise<{ readonly status: unknown }> {
  for (;;) {
    const { status } = await client.request('tasks/get', { taskId })
    if (status !== 'working') return { status }
    await delay(100)
  }
}

/** How often the run wrote what. */
function writtenIn(run: string): Readonly<Record<string, number>> {
  const written = world.recorder.reports.filter(({ phase, what }) => phase === 'ended' && what.startsWith(`${run}/`))
  const byKey = Map.groupBy(written, ({ what }) => what.slice(run.length + 1))
  return Object.fromEntries([...byKey].map(([key, { length }]) => [key, length]))
}

/** Between the last that an activation of the run said, be it that it began, and the beginning of the next. */
function gapsOf(run: string): number[] {
  const reports = world.recorder.reports.filter(({ what }) => what.startsWith(`${run}/`)).sort((a, b) => a.at - b.at)
  return reports.flatMap(({ what, at }, place) => {
    const before = reports[place - 1]
    return before && what.endsWith('/activation') ? [at - before.at] : []
  })
}
