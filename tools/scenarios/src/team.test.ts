import { Connection, EventLog, RedisTaskStore } from '@longhaul/store'
import { readSettings, type Task } from '@longhaul/task'
import { findKeyLeaks } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRaw, type RawClient } from '../crash-project/driver/raw-client.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** `TEAM=full` is the size that is promised. */
const IS_FULL = process.env.TEAM === 'full'
const KILLS = IS_FULL ? 30 : 3
/** Pieces of work of each member, so that there is some left at the last kill. */
const PIECES = IS_FULL ? 8 : 2
const PIECE_MS = IS_FULL ? 1200 : 700
const CANCELS = IS_FULL ? 20 : 5
/** What the product promises, from sending tasks/cancel to the signals of tools on all levels. */
const CANCEL_P99_MS = 1000

/** A tree of three levels: a lead, its squads, and 36 members; 40 children in all. */
const SQUADS = 4
const MEMBERS = 9
const CHILDREN = SQUADS * (1 + MEMBERS)
/** Fewer than there are parents: if one of these held a slot while it waits, there would soon be none. */
const WORKERS = 2
const SLOTS_OF_WORKER = 2
/** Kept for the whole of a run. */
const EVENTS = 100_000

const env = { LONGHAUL_LEASE_MS: '1500', LONGHAUL_EVENTS_PER_PARTITION: String(EVENTS), LONGHAUL_MAX_DEATHS: '1000' }
let world: World
let client: RawClient
let connection: Connection
beforeAll(async () => {
  world = await startWorld({ coordinators: 2, workers: 0, env })
  client = await connectRaw(world.stack.url(), world.stack.roundRobin)
  const settings = { ...readSettings({}), eventsPerPartition: EVENTS }
  connection = new Connection({ url: world.stack.store.url, settings, whenAway: 'fail' })
}, 60_000)
afterAll(async () => {
  await connection?.close()
  await world?.stop()
})

const leaf = (run: string, tool: string, squad: number, member: number) => ({
  tool,
  args: { what: `${run}/${squad}.${member}`, ms: PIECE_MS, pieces: PIECES },
})
const toTree = (run: string, tool: string) => ({
  calls: count(SQUADS).map((squad) => ({
    tool: 'gather',
    args: { calls: count(MEMBERS).map((member) => leaf(run, tool, squad, member)) },
  })),
})
const count = (length: number) => Array.from({ length }, (_, place) => place + 1)

async function begin(run: string, tool: string): Promise<string> {
  const { task } = await client.request('tools/call', { name: 'gather', arguments: toTree(run, tool), task: {} })
  return (task as { taskId: string }).taskId
}
const tasks = () => new RedisTaskStore(connection, readSettings({}))
const below = (taskId: string): Promise<readonly Task[]> => tasks().readBelow(taskId)

test(`a tree of ${CHILDREN} tasks with ${KILLS} kills: every one ended once, and no parent held a slot`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const slots = { LONGHAUL_CONCURRENCY: String(SLOTS_OF_WORKER) }
  await Promise.all(count(WORKERS).map(() => world.stack.addWorker(slots)))
  const taskId = await begin('killed', 'member')
  for (const _ of count(KILLS)) {
    const ended = world.recorder.reports.filter(({ phase }) => phase === 'ended').length
    // The work gets on, and there is some left.
    await expect
      .poll(() => world.recorder.reports.filter(({ phase }) => phase === 'ended').length, { timeout: 60_000 })
      .toBeGreaterThan(ended)
    expect(await isOver(taskId)).toBe(false)
    const [victim] = world.stack.workers.slice(-WORKERS)
    // The next one comes when this one is gone: on a slow machine all would be done while it starts.
    await victim?.process.kill('SIGKILL')
    await world.stack.addWorker(slots)
  }
  const members = count(SQUADS).flatMap((squad) => count(MEMBERS).map((member) => `killed/${squad}.${member} is done`))
  await expect.poll(() => isOver(taskId), { timeout: 120_000 }).toBe(true)
  const outcome = { kind: 'result', result: { content: [{ type: 'text', text: members.join('\n') }] } }
  expect(await tasks().readOutcome(taskId)).toMatchObject({ outcome })

  const children = await below(taskId)
  expect(children.map(({ status }) => status)).toEqual(count(CHILDREN).map(() => 'completed'))
  const log = new EventLog(connection)
  const ends = await Promise.all(
    children.map(async ({ id }) => (await log.read(id, 0)).filter(({ type }) => type === 'finished').length),
  )
  expect(ends).toEqual(count(CHILDREN).map(() => 1))
  const { reports } = world.recorder
  const keys = Map.groupBy(reports, ({ what }) => what)
    .values()
    .map((same) => new Set(same.map(({ key }) => key)).size)
  expect([...keys]).toEqual(members.flatMap(() => count(PIECES)).map(() => 1))
  const again = reports.filter(({ phase }) => phase === 'begun').length - members.length * PIECES
  console.log(`${KILLS} kills, and ${again} pieces of work were begun again, under the same keys`)
  await world.killWorkers()
})

async function isOver(taskId: string): Promise<boolean> {
  return (await client.request('tasks/get', { taskId })).status === 'completed'
}

test(`one cancel ends all levels: ${CANCELS} trees, one after the other`, { timeout: 120_000 }, async () => {
  await Promise.all(count(WORKERS).map(() => world.stack.addWorker({ LONGHAUL_CONCURRENCY: '50' })))
  const tookMs: number[] = []
  for (const place of count(CANCELS)) {
    const run = `cancelled-${place}`
    const taskId = await begin(run, 'wait')
    const whats = count(SQUADS).flatMap((squad) => count(MEMBERS).map((member) => `${run}/${squad}.${member}`))
    await Promise.all(whats.map((what) => world.recorder.first(what, 'begun')))
    const sentAt = Date.now()
    expect(await client.request('tasks/cancel', { taskId })).toMatchObject({ status: 'cancelled' })
    const statuses = (await below(taskId)).map(({ status }) => status)
    expect(statuses).toEqual(count(CHILDREN).map(() => 'cancelled'))
    const told = await Promise.all(whats.map((what) => world.recorder.first(what, 'aborted')))
    tookMs.push(...told.map(({ at }) => at - sentAt))
  }
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  console.log(`${sorted.length} tools told: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`)
  expect(at(0.99)).toBeLessThan(CANCEL_P99_MS)
})

test('leaves no key behind that no rule ends', async () => {
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})
