import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { partitionOf } from '@longhaul/task'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile, testSettings } from '../test/worker-store.ts'
import { LeaseKeeper } from './lease-keeper.ts'

const store = await openStoreOfFile()
const spawn = workerSpawner(() => store.url)
/** Long enough for a machine that has much else to do, and much shorter than what blocks. */
const spawnWorker = (dir: string, env: NodeJS.ProcessEnv = {}) => spawn(dir, { LONGHAUL_LEASE_MS: '2000', ...env })

const settled = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 30_000 })
const recordOf = (taskId: string) => `{lh:${partitionOf(taskId)}}:task:${taskId}`

const HEAD = `
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
const at = (name) => join(import.meta.dirname, '..', name)
const happen = (what) => appendFileSync(at('effects'), what + '\\n')
`
/** Keeps its thread until there is a file of that name. */
const BLOCK = "happen('block'); console.log('blocking'); while (!existsSync(at(args.until))) {} return 'it has ended'"

test('a tool that keeps its thread for several leases is run once, and so are the tasks beside it', {
  timeout: 60_000,
}, async () => {
  const dir = writeProject({
    'tools/block.ts': HEAD + toolFile('block', BLOCK),
    'tools/beside.ts':
      HEAD +
      toolFile(
        'beside',
        "await ctx.step('s', async () => { happen('beside'); await new Promise((go) => setTimeout(go, 50)) }); return 'beside'",
        " inDoubt: 'ask',",
      ),
  })
  const blocked = spawnWorker(dir, { LONGHAUL_HEARTBEAT_MS: '100' })
  await blocked.ready(isReady)
  const taskIds = [await store.submit('block', { until: 'end' })]
  await blocked.ready(/^blocking$/)
  const other = spawnWorker(dir)
  await other.ready(isReady)
  // Its wake-up is taken by the other worker when the lock of the queue is out, after 5 to 7 s.
  const isAskedFor = () => store.redis.hexists(recordOf(taskIds[0] ?? ''), 'again')
  await expect.poll(isAskedFor, { timeout: 20_000 }).toBe(1)
  await blocked.ready(/its tasks stand still/)
  taskIds.push(await store.submit('beside'))
  writeFileSync(join(dir, 'end'), '')

  await settled(taskIds[0] ?? '').toContain('it has ended')
  await settled(taskIds[1] ?? '').toContain('beside')
  expect(readFileSync(join(dir, 'effects'), 'utf8').trim().split('\n').sort()).toEqual(['beside', 'block'])
  for (const taskId of taskIds) expect(await store.redis.hget(recordOf(taskId), 'epoch')).toBe('1')
  expect(blocked.output).not.toContain('the task was let go')
  await blocked.ready(/this worker hears again, after \d+ ms/)
  const ofWakeUps = async () =>
    (await store.redis.keys('{lh:queue}:*')).filter((key) => /:\d+(:lock)?$|:d[en]:/.test(key))
  await expect.poll(ofWakeUps, { timeout: 10_000 }).toEqual([])
})

test('a worker whose tool never gives the thread back is killed, and says so', { timeout: 60_000 }, async () => {
  const dir = writeProject({
    'tools/block.ts':
      HEAD + toolFile('block', `if (existsSync(at('again'))) return 'in the end'; ${BLOCK}`, " inDoubt: 'repeat',"),
  })
  const stuck = spawnWorker(dir, { LONGHAUL_STUCK_AFTER_MS: '1000', LONGHAUL_HEARTBEAT_MS: '100' })
  await stuck.ready(isReady)
  const taskId = await store.submit('block', { until: 'never' })
  await stuck.ready(/^blocking$/)
  expect(await stuck.exited).toEqual({ code: null, signal: 'SIGKILL' })
  const first = stuck.output.split('\n').find((line) => line.includes('LONGHAUL_STUCK_AFTER_MS'))
  expect(JSON.parse(first ?? '')).toMatchObject({
    level: 40,
    tasks: [taskId],
    msg: expect.stringContaining('its tasks stand still'),
  })
  const last = JSON.parse(stuck.output.split('\n').findLast((line) => line.includes('LONGHAUL_STUCK_AFTER_MS')) ?? '')
  expect(last).toMatchObject({ level: 60, tasks: [taskId] })
  writeFileSync(join(dir, 'again'), '')
  await spawnWorker(dir).ready(isReady)
  await settled(taskId).toContain('in the end')
})

test('a process that stands still as a whole loses its tasks, and lives on when it goes on', {
  timeout: 60_000,
}, async () => {
  const dir = writeProject({
    'tools/hold.ts':
      HEAD +
      toolFile(
        'hold',
        `await ctx.step('s', async () => {
          console.log('holding')
          while (!existsSync(at('end'))) await new Promise((go) => setTimeout(go, 10))
        })
        return 'held by ' + process.pid`,
        " inDoubt: 'repeat',",
      ),
    'tools/look.ts': toolFile('look', "return 'seen'"),
  })
  const frozen = spawnWorker(dir, { LONGHAUL_STUCK_AFTER_MS: '1000' })
  await frozen.ready(isReady)
  const taskId = await store.submit('hold')
  await frozen.ready(/^holding$/)
  process.kill(frozen.pid, 'SIGSTOP')
  const other = spawnWorker(dir)
  await other.ready(isReady)
  await other.ready(/^holding$/)
  process.kill(frozen.pid, 'SIGCONT')
  await frozen.ready(/the task was let go/)
  expect(existsSync(join(dir, 'end'))).toBe(false)
  writeFileSync(join(dir, 'end'), '')
  await settled(taskId).toContain(`held by ${other.pid}`)
  await other.kill('SIGKILL')
  await settled(await store.submit('look')).toContain('seen')
})

test('the thread that keeps the leases is started again when it ends', async () => {
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line).msg) })
  const keeper = new LeaseKeeper({ url: 'none', settings: testSettings(), log })
  const failed = 'the thread that keeps the leases failed'
  await expect.poll(() => lines.slice(0, 2), { timeout: 20_000 }).toEqual([failed, failed])
  await keeper.close()
})
