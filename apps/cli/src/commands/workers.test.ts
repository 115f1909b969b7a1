import { startTestStore } from '@longhaul/testbed'
import { expect, onTestFinished, test } from 'vitest'
import { longhaul, toolFile, writeProject } from '../../test/longhaul.ts'
import { renderWorkers } from './workers.ts'

const WORKER = {
  id: 'w1',
  host: 'ann',
  pid: 7,
  version: '0.1.0',
  queues: ['default', 'gpu'],
  concurrency: 20,
  running: 3,
  tools: ['look', 'write'],
  versions: {},
  refusedWrites: 0,
  startedAt: 0,
  beatAt: 7_199_000,
}

test('each worker is a line', () => {
  const other = { ...WORKER, id: 'w10', queues: ['gpu'], running: 0, startedAt: 7_200_500, beatAt: 7_200_500 }
  expect(renderWorkers([WORKER, other], 7_200_000)).toBe(`\
ID   HOST  PID  VERSION  QUEUES       RUNNING  TOOLS  UP  LAST BEAT
w1   ann   7    0.1.0    default,gpu  3/40     2      2h  1s ago
w10  ann   7    0.1.0    gpu          0/20     2      0s  0s ago`)
})

test('lists the workers that live', { timeout: 60_000 }, async () => {
  const store = await startTestStore()
  onTestFinished(() => store.stop())
  const env = { REDIS_URL: store.url }
  const none = longhaul(['workers'], env)
  expect(await none.exited).toEqual({ code: 0, signal: null })
  expect(none.stdout).toBe('No worker is running.\n')

  // As where the disk is full that it writes to: no worker ends of that.
  const failing = "process.stdout.destroy(new Error('no space'))\n"
  const look = failing + toolFile('look', "return 'seen'")
  const worker = longhaul(['worker', writeProject({ 'tools/look.ts': look })], env)
  await worker.says('"msg":"working"')
  const one = longhaul(['workers'], env)
  expect(await one.exited).toEqual({ code: 0, signal: null })
  expect(one.stdout).toMatch(new RegExp(`^\\S+ +\\S+ +${worker.pid} +\\S+ +default +0/20 +1 +\\d+s +\\d+s ago$`, 'm'))

  const status = longhaul(['status', '--json'], env)
  await status.exited
  expect(JSON.parse(status.stdout)).toMatchObject({
    workers: 1,
    places: 20,
    queues: [{ name: 'default', waiting: 0, active: 0, workers: 1 }],
    tasks: { open: 0, owners: 0, most: [], dead: 0 },
  })

  worker.kill('SIGTERM')
  expect(await worker.exited).toEqual({ code: 0, signal: null })
  const gone = longhaul(['workers'], env)
  await gone.exited
  expect(gone.stdout).toBe('No worker is running.\n')
})

test('says so when the store is away', { timeout: 30_000 }, async () => {
  const run = longhaul(['workers'], { REDIS_URL: 'redis://127.0.0.1:1' })
  await run.says('longhaul: The store cannot be used: connect ECONNREFUSED 127.0.0.1:1.')
  expect(await run.exited).toEqual({ code: 1, signal: null })
})
