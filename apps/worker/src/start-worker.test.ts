import { hostname } from 'node:os'
import { startStoreProxy } from '@longhaul/testbed'
import { describe, expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile } from '../test/worker-store.ts'

interface Closed {
  readonly kind: 'closed'
  readonly ms: number
}

const store = await openStoreOfFile()
const spawnWorker = workerSpawner(() => store.url)

const isClosed = (message: unknown): message is Closed => Object(message).kind === 'closed'

const settled = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 15_000 })
const HOLD = toolFile(
  'hold',
  "await ctx.step('s', () => { console.log('holding'); return new Promise(() => {}) })",
  " inDoubt: 'repeat',",
)

/** On a machine whose clock is 10 s late. */
const CLOCK = 'const now = Date.now; Date.now = () => now() - 10_000'
const BEHIND = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CLOCK)}` }

test('says what it runs, runs it, and leaves nothing behind', async () => {
  const dir = writeProject({
    'tools/look.ts': toolFile('look', "return 'saw ' + args.at"),
    'tools/bad.ts': 'export {}',
  })
  const worker = spawnWorker(dir, { LONGHAUL_QUEUES: 'default, slow' })
  const ready = await worker.ready(isReady)
  expect(ready).toMatchObject({ tools: ['look'], problems: [expect.stringMatching(/^tools\/bad\.ts: error: /)] })
  expect(await store.listed()).toEqual(['look'])
  expect(JSON.parse((await store.redis.get(`lh:worker:${ready.id}`)) ?? '')).toEqual({
    id: ready.id,
    host: hostname(),
    pid: worker.pid,
    version: '0.0.0',
    queues: ['default', 'slow'],
    concurrency: 20,
    running: 0,
    tools: ['look'],
    versions: { look: expect.any(String) },
    refusedWrites: 0,
    startedAt: expect.any(Number),
    beatAt: expect.any(Number),
  })

  const taskId = await store.submit('look', { at: 'argument-argument' })
  await settled(taskId).toContain('saw argument-argument')

  void worker.kill('SIGTERM')
  await worker.ready(isClosed)
  expect(await worker.exited).toEqual({ code: 0, signal: null })
  expect(await store.redis.exists(`lh:worker:${ready.id}`)).toBe(0)
  expect(worker.output).toContain('tools/bad.ts: error: It exports no tool.')
  expect(worker.output).not.toContain('argument-argument')
})

test('a task that takes longer than it may fails, and what runs of it is told', async () => {
  const body = `await ctx.step('s', ({ signal }) => {
    signal.addEventListener('abort', () => console.log('told: ' + signal.reason.message))
    return new Promise(() => {})
  })`
  const worker = spawnWorker(
    writeProject({ 'tools/hold.ts': toolFile('hold', body, " inDoubt: 'repeat', timeoutMs: 300,") }),
  )
  await worker.ready(isReady)
  const taskId = await store.submit('hold')
  await settled(taskId).toContain('task_timeout: The task took longer than it may, 300 ms.')
  await worker.ready(/^told: The task was let go: /)
})

// The one test of a time: on a machine that is busy with others it has two more tries.
test('timers and starts that were put off come within a second after their time', { retry: 2 }, async () => {
  const nap = toolFile(
    'nap',
    "const at = ctx.now(); await ctx.sleep(1200); return 'late by ' + (Date.now() - at - 1200)",
  )
  const start = toolFile('start', "return 'late by ' + (Date.now() - args.at)")
  const dir = writeProject({ 'tools/nap.ts': nap, 'tools/start.ts': start })
  const defaults = { LONGHAUL_SWEEP_INTERVAL_MS: undefined, LONGHAUL_LEASE_MS: undefined }
  await spawnWorker(dir, { ...defaults, LONGHAUL_WAKE_GRACE_MS: undefined }).ready(isReady)
  const at = Date.now() + 1200
  const { id } = await store.engine.submit({
    principal: store.principal,
    tool: 'start',
    args: { at },
    audience: { sampling: 'none', elicitation: false },
    startAt: at,
  })
  for (const taskId of [await store.submit('nap'), id]) {
    await settled(taskId).toContain('late by ')
    const [, lateMs] = /late by (-?\d+)/.exec((await store.outcome(taskId)) ?? '') ?? []
    expect(Number(lateMs)).toBeGreaterThanOrEqual(0)
    expect(Number(lateMs)).toBeLessThanOrEqual(1000)
  }
})

test('a task that nobody can run says why, holds nobody up, and goes on when somebody can', async () => {
  const env = { LONGHAUL_CONCURRENCY: '1', LONGHAUL_HEARTBEAT_MS: '100' }
  const look = spawnWorker(writeProject({ 'tools/look.ts': toolFile('look', "return 'seen'") }), env)
  const project = {
    'tools/rare.ts': toolFile('rare', "return 'found'"),
    'tools/gpu.ts': toolFile('gpu', "return 'bright'", " queue: 'gpu',"),
  }
  const has = spawnWorker(writeProject(project), { ...env, LONGHAUL_QUEUES: 'gpu' })
  await Promise.all([look.ready(isReady), has.ready(isReady)])
  await expect.poll(store.listed, { timeout: 10_000 }).toEqual(['gpu', 'look', 'rare'])
  await has.kill('SIGTERM')

  const rare = await Promise.all(Array.from({ length: 5 }, () => store.submit('rare')))
  const gpu = await store.submit('gpu')
  const said = (taskId: string) => expect.poll(() => store.message(taskId), { timeout: 15_000 })
  for (const taskId of rare) await said(taskId).toBe("Waits for a worker that has the tool 'rare'.")
  await said(gpu).toBe("Waits for a worker: none serves the queue 'gpu'.")
  await settled(await store.submit('look')).toContain('seen')
  // Each was claimed once, and is not tried again while nobody has its tool.
  const claims = () => look.output.match(/this worker has no such tool/g)?.length
  const before = claims()
  await settled(await store.submit('look')).toContain('seen')
  expect(claims()).toBe(before)

  spawnWorker(writeProject(project), { ...env, LONGHAUL_QUEUES: 'gpu, default' })
  for (const taskId of rare) await settled(taskId).toContain('found')
  await settled(gpu).toContain('bright')
  expect(await store.message(gpu)).toBeUndefined()
}, 90_000)

test('tools are listed as long as somebody has them, and a while longer', async () => {
  const env = { LONGHAUL_CATALOG_GRACE_MS: '600', LONGHAUL_HEARTBEAT_MS: '100' }
  const look = spawnWorker(writeProject({ 'tools/look.ts': toolFile('look') }), env)
  const both = spawnWorker(writeProject({ 'tools/look.ts': toolFile('look'), 'tools/rare.ts': toolFile('rare') }), env)
  await Promise.all([look.ready(isReady), both.ready(isReady)])
  const listed = () => expect.poll(store.listed, { timeout: 10_000 })
  await listed().toEqual(['look', 'rare'])
  await both.kill('SIGKILL')
  expect(await store.listed()).toEqual(['look', 'rare'])
  await listed().toEqual(['look'])
  await look.kill('SIGKILL')
  await listed().toEqual([])
})

describe('a worker that ends', () => {
  test('finishes what it has in hand', async () => {
    const body = "console.log('begun'); await new Promise((resolve) => setTimeout(resolve, 500)); return 'in time'"
    const worker = spawnWorker(writeProject({ 'tools/slow.ts': toolFile('slow', body) }), BEHIND)
    await worker.ready(isReady)
    await worker.ready(/The clock of this machine is \d+ ms behind that of the store\./)
    const taskId = await store.submit('slow')
    await worker.ready(/^begun$/)
    void worker.kill('SIGTERM')
    await worker.exited
    expect(await store.outcome(taskId)).toContain('in time')
  })
})

describe('while the store is away', () => {
  test('a worker waits for it at its start, and goes on when it comes back', async () => {
    const proxy = await startStoreProxy(store.url)
    await proxy.cut()
    const worker = spawnWorker(writeProject({ 'tools/look.ts': toolFile('look', "return 'seen'") }), {
      REDIS_URL: proxy.url,
    })
    await worker.ready(/the store is away; trying again until it is back/)
    await proxy.restore()
    await worker.ready(isReady)
    await proxy.cut()
    await proxy.restore()
    const taskId = await store.submit('look')
    await settled(taskId).toContain('seen')
    await worker.kill('SIGKILL')
    await proxy.stop()
  })

  test.each(['cut', 'freeze'] as const)('a worker ends all the same (%s)', async (how) => {
    const proxy = await startStoreProxy(store.url)
    const env = { REDIS_URL: proxy.url, LONGHAUL_SHUTDOWN_GRACE_MS: '200' }
    const worker = spawnWorker(writeProject({ 'tools/hold.ts': HOLD }), env)
    await worker.ready(isReady)
    await store.submit('hold')
    await worker.ready(/^holding$/)
    await proxy[how]()
    void worker.kill('SIGTERM')
    expect(await worker.exited).toEqual({ code: 0, signal: null })
    await proxy.stop()
  })
})

test('does not start without a project', async () => {
  const worker = spawnWorker('/nowhere/at/all')
  expect(await worker.exited).toEqual({ code: 1, signal: null })
  await expect(worker.ready(isReady)).rejects.toThrow('There is no project folder /nowhere/at/all.')
})
