import { findKeyLeaks, needs, startRedis, type TestRedis } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRaw, type RawClient } from '../crash-project/driver/raw-client.ts'
import { toPrompt } from '../crash-project/driver/script.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** `APPROVALS=full` is the size that is promised. */
const IS_FULL = process.env.APPROVALS === 'full'
const WAITING = IS_FULL ? 10_000 : 40
/** What the product promises, from sending a call beside all these to its tool at work. */
const STARTS_WITHIN_MS = 1000
/** Submissions under way at once. */
const AT_ONCE = 20
const POLL = { timeout: 30_000, interval: 20 }
const PATIENCE_MS = IS_FULL ? 280_000 : 60_000

const KEYS = { alice: 'alice-0123456789abcdef', bob: 'bob-0123456789abcdef', carol: 'carol-0123456789abcdef' }
type Person = keyof typeof KEYS
const env = {
  LONGHAUL_API_KEYS: `alice=${KEYS.alice},bob=${KEYS.bob},carol=${KEYS.carol} tasks:read tasks:answer`,
  LONGHAUL_CONCURRENCY: '1',
}

let redis: TestRedis
let world: World
const name = 'scenarios of approvals'
const canRun = needs('redis-server', name)
beforeAll(async () => {
  if (!canRun) return
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'everysec'] })
  const store = { url: redis.url, kind: 'native', flush: async () => {}, stop: () => redis.stop() } as const
  world = await startWorld({ coordinators: 1, workers: 1, env, store })
}, 60_000)
afterAll(() => world?.stop())

/** A new session: the one that submitted may be long gone. */
const connect = (person: Person): Promise<RawClient> =>
  connectRaw(world.stack.url(), (input, init) =>
    world.stack.roundRobin(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${KEYS[person]}` } }),
  )

async function submit(client: RawClient, tool: string, args: object): Promise<string> {
  const { task } = await client.request('tools/call', { name: tool, arguments: args, task: {} })
  return (task as { taskId: string }).taskId
}
const submitAsking = (client: RawClient, run: string, what = 'letter') =>
  submit(client, 'approved_agent', { prompt: toPrompt({ run, turns: [[{ tool: 'post', what }]] }) })
const statusOf = async (client: RawClient, taskId: string) => (await client.request('tasks/get', { taskId })).status
const isAsking = (client: RawClient, taskId: string) =>
  expect.poll(() => statusOf(client, taskId), POLL).toBe('input_required')
const callTool = (client: RawClient, tool: string, args: object) =>
  client.request('tools/call', { name: tool, arguments: args })
const answer = (client: RawClient, taskId: string, question: string, decision: string) =>
  callTool(client, 'answer_task', { taskId, question, action: 'accept', content: { decision } })

const written = (run: string): number => world.recorder.begun(`${run}/letter`).length

/** The result as JSON, once there is one. */
async function outcomeOf(client: RawClient, taskId: string): Promise<string> {
  await expect.poll(() => statusOf(client, taskId), POLL).toBe('completed')
  return JSON.stringify(await callTool(client, 'get_task', { taskId }))
}

const waiting: string[] = []

test.runIf(canRun)(
  `${WAITING} tasks wait for an approval, and the one slot is free for a new one`,
  {
    timeout: PATIENCE_MS,
  },
  async () => {
    const alice = await connect('alice')
    const numbers = Array.from({ length: WAITING }, (_, number) => number)[Symbol.iterator]()
    const submitting = Array.from({ length: AT_ONCE }, async () => {
      for (const number of numbers) waiting[number] = await submitAsking(alice, `waiting-${number}`)
    })
    await Promise.all(submitting)
    for (const taskId of waiting) await isAsking(alice, taskId)

    const sentAt = Date.now()
    const taskId = await submit(alice, 'put', { what: 'new/task' })
    const tookMs = (await world.recorder.first('new/task', 'begun')).at - sentAt
    console.log(`beside ${WAITING} tasks that wait for an approval a new one is at work after ${tookMs} ms`)
    if (IS_FULL) expect(tookMs).toBeLessThan(STARTS_WITHIN_MS)
    await expect.poll(() => statusOf(alice, taskId), POLL).toBe('completed')
    expect(world.recorder.reports.filter(({ what }) => what.endsWith('/letter'))).toEqual([])
  },
)

test.runIf(canRun)(
  'after a restart of all processes and of the store another principal approves one of them',
  {
    timeout: 60_000,
  },
  async () => {
    const { coordinators, workers } = world.stack
    // In order: a store that lost all its processes at once may have lost records, and the call would be in doubt.
    await Promise.all([...coordinators, ...workers].map(({ process }) => process.kill('SIGTERM')))
    await redis.kill('SIGTERM')
    await redis.start()
    await world.stack.addCoordinator()
    await world.stack.addWorker()

    const [, taskId = ''] = waiting
    const carol = await connect('carol')
    await answer(carol, taskId, 't1.1.approval', 'approve')
    const alice = await connect('alice')
    expect(await outcomeOf(alice, taskId)).toContain('waiting-1/letter is done')
    expect(written('waiting-1')).toBe(1)
    expect(await statusOf(alice, waiting[0] ?? '')).toBe('input_required')
  },
)

test.runIf(canRun)(
  'who has no right to it approves nothing, and is told what is told of a task that is not there',
  async () => {
    const bob = await connect('bob')
    const [taskId = ''] = waiting
    const [known, unknown] = await Promise.all(
      [taskId, '00AAAAAAAAAAAAAAAAAAAAAA'].map((id) => answer(bob, id, 't1.1.approval', 'approve')),
    )
    expect(known).toEqual(unknown)
    expect(known).toMatchObject({ isError: true })
    expect(await statusOf(await connect('alice'), taskId)).toBe('input_required')
  },
)

test.runIf(canRun)('leaves no key behind that no rule ends', async () => {
  expect(await findKeyLeaks(redis.url)).toEqual([])
})
