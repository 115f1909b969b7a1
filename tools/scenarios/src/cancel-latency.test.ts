import { findKeyLeaks } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRaw, type RawClient } from '../crash-project/driver/raw-client.ts'
import { toPrompt } from '../crash-project/driver/script.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** What the product promises, from sending tasks/cancel to the signal of the tool in another process. */
const IDLE_P99_MS = 250
const BUSY_P99_MS = 1000

const ALONE = 100
const CANCELS = 1000
/** Tasks that are begun together, and then cancelled, some at once. */
const BATCH = 50
const AT_ONCE = 10
const OTHERS = 50
/** Pause between two steps of the other tasks. */
const STEP_MS = 200

let world: World
let client: RawClient
beforeAll(async () => {
  world = await startWorld({ coordinators: 2, workers: 2, env: { LONGHAUL_CONCURRENCY: '100' } })
  client = await connectRaw(world.stack.url(), world.stack.roundRobin)
})
afterAll(() => world?.stop())

// One slow moment of the machine is a p99 of a hundred: it has two more tries.
let tries = 0
test(`cancels ${ALONE} tasks one at a time`, { retry: 2 }, async () => {
  const run = `alone/${++tries}`
  const tookMs: number[] = []
  for (let place = 0; place < ALONE; place++) tookMs.push(await cancel(await beginWait(`${run}/${place}`)))
  expect(tell('one at a time', tookMs).p99).toBeLessThan(IDLE_P99_MS)
})

test(`cancels ${CANCELS} tasks, ${AT_ONCE} at once, while ${OTHERS} others run`, async () => {
  const others = await Promise.all(Array.from({ length: OTHERS }, (_, place) => beginBusy(`other/${place}`)))
  const tookMs: number[] = []
  const upstreamMs: number[] = []
  for (let first = 0; first < CANCELS; first += BATCH) {
    const batch = await Promise.all(Array.from({ length: BATCH }, (_, place) => beginOneOf(first + place)))
    for (let next = 0; next < BATCH; next += AT_ONCE) {
      const [upstream, ...rest] = await Promise.all(batch.slice(next, next + AT_ONCE).map(cancel))
      upstreamMs.push(upstream ?? Number.NaN)
      tookMs.push(...rest)
    }
  }
  const { p99 } = tell('beside others', tookMs)
  const upstream = tell('beside others, until the upstream server hears of it', upstreamMs)
  await Promise.all(others.map(({ taskId }) => client.request('tasks/cancel', { taskId })))

  expect(tookMs.length + upstreamMs.length).toBe(CANCELS)
  expect(p99).toBeLessThan(BUSY_P99_MS)
  expect(upstream.p99).toBeLessThan(BUSY_P99_MS)
  const told = world.recorder.reports.filter(({ phase }) => phase === 'cancelled').map(({ what }) => what)
  const inFlight = world.recorder.reports.filter(({ phase, what }) => phase === 'begun' && what.endsWith('/upstream'))
  expect(told.toSorted()).toEqual(inFlight.map(({ what }) => what).toSorted())
  expect(told.length).toBe(CANCELS / AT_ONCE)
}, 60_000)

test('leaves no key behind that no rule ends', async () => {
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

interface Waiting {
  readonly taskId: string
  /** When it is told to stop, Unix ms. */
  readonly stoppedAt: Promise<number>
}

const beginWait = (what: string) => begin('wait', { what }, { what, end: 'aborted' })
const beginBusy = (what: string) => begin('busy', { what, everyMs: STEP_MS }, { what, end: 'aborted' })
/** The first of those that are cancelled at once is an agent in a call of an upstream tool. */
const beginOneOf = (place: number) =>
  place % AT_ONCE === 0 ? beginUpstream(`many/${place}`) : beginWait(`many/${place}`)
const beginUpstream = (run: string) =>
  begin(
    'provider_agent',
    { prompt: toPrompt({ run, turns: [[{ tool: 'stranger__wait', what: 'upstream' }]] }) },
    { what: `${run}/upstream`, end: 'cancelled' },
  )

/** Begins a task; resolves when its tool is in the middle of it. */
async function begin(
  name: string,
  args: object,
  { what, end }: { readonly what: string; readonly end: 'aborted' | 'cancelled' },
): Promise<Waiting> {
  const { task } = await client.request('tools/call', { name, arguments: args, task: {} })
  await world.recorder.first(what, 'begun')
  const { taskId } = task as { taskId: string }
  return { taskId, stoppedAt: world.recorder.first(what, end).then(({ at }) => at) }
}

/** Milliseconds from sending tasks/cancel until the tool is told to stop. */
async function cancel({ taskId, stoppedAt }: Waiting): Promise<number> {
  const sentAt = Date.now()
  const { status } = await client.request('tasks/cancel', { taskId })
  expect(status).toBe('cancelled')
  return (await stoppedAt) - sentAt
}

function tell(what: string, tookMs: readonly number[]): { readonly p99: number } {
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  console.log(`${tookMs.length} cancels ${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`)
  return { p99: at(0.99) }
}
