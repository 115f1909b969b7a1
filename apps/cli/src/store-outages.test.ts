import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs, startTestCluster, startTestSentinels, type TestRedis } from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import { childrenOf, connect, longhaul, toolFile, writeProject } from '../test/longhaul.ts'

const canRun = needs('redis-server', 'store-outages.test.ts')
const canFailOver = canRun && needs('redis-sentinel', 'store-outages.test.ts, failover')

/** Goes on when the file `at` is there. */
const WAIT_FOR_FILE = {
  'tools/wait.ts': toolFile(
    'wait',
    `const { existsSync } = await import('node:fs')
     const { setTimeout: delay } = await import('node:timers/promises')
     await ctx.step('before', () => 'begun')
     await ctx.step('wait', async () => { while (!existsSync(args.at)) await delay(20) })
     return 'went on'`,
  ),
}

/** Serves on the store of that URL, kills one of its servers in the middle of a task, and sees everything go on. */
async function expectToOutlive(url: string, victim: (taskId: string) => Promise<TestRedis>): Promise<void> {
  const dir = writeProject(WAIT_FOR_FILE)
  const coordinator = longhaul(['coordinator'], { REDIS_URL: url })
  const worker = longhaul(['worker', dir], { REDIS_URL: url })
  await Promise.all([coordinator.says('"msg":"serving"'), worker.says('"msg":"working"')])
  const address = /"address":"([^"]+)"/.exec(coordinator.stderr)?.[1]
  const client = await connect(`${address}/mcp`)
  const listed = async () => JSON.stringify(await client.request('tools/list'))
  await expect.poll(listed, { timeout: 10_000 }).toContain('"wait"')
  const begun = await client.submit('wait', { at: join(dir, 'go') })
  await expect.poll(() => client.status(begun)).toBe('working')
  await (await victim(begun)).kill('SIGKILL')
  writeFileSync(join(dir, 'go'), '')
  const status = (taskId: string) => client.status(taskId).catch(() => 'away')
  await expect.poll(() => status(begun), { timeout: 30_000 }).toBe('completed')
  const later = await client.submit('wait', { at: join(dir, 'go') })
  await expect.poll(() => status(later), { timeout: 30_000 }).toBe('completed')
  for (const run of [coordinator, worker]) expect(run.stderr).not.toContain('went back in time')
}

test.runIf(canFailOver)('a task and all processes outlive the failover of a master', { timeout: 90_000 }, async () => {
  const sentinels = await startTestSentinels({ args: ['--appendonly', 'yes'] })
  onTestFinished(() => sentinels.stop())
  await expectToOutlive(sentinels.url, async () => {
    await sentinels.master.client.wait(1, 1000)
    return sentinels.master
  })
})

describe.runIf(canRun)('a task and all processes outlive a node of a cluster', () => {
  test.each([
    ['that has the task', (taskId: string) => `{lh:${taskId.slice(0, 2)}}:task:${taskId}`],
    ['that has the queue', () => '{lh:queue}:default:meta'],
  ])('%s', { timeout: 90_000 }, async (_, keyOf) => {
    const cluster = await startTestCluster({ replicas: 1, args: ['--appendonly', 'yes'] })
    onTestFinished(() => cluster.stop())
    await expectToOutlive(cluster.url, async (taskId) => {
      const holder = await cluster.holderOf(keyOf(taskId))
      await holder.client.wait(1, 1000)
      return holder
    })
  })
})

test('a store that comes along and crashes is said to have lost something at the next start', {
  timeout: 90_000,
}, async () => {
  const dir = writeProject(WAIT_FOR_FILE)
  const start = async () => {
    const run = longhaul(['start', dir], { PATH: '/nowhere', LONGHAUL_SHUTDOWN_GRACE_MS: '500' })
    await run.says('Ctrl-C ends it; tasks go on at the next start.')
    const endpoint = /address +(\S+)/.exec(run.stdout)?.[1] ?? ''
    return { run, client: await connect(endpoint), ready: () => fetch(endpoint.replace('/mcp', '/readyz')) }
  }
  const first = await start()
  const taskId = await first.client.submit('wait', { at: join(dir, 'go') })
  await expect.poll(() => first.client.status(taskId)).toBe('working')
  expect(await (await first.ready()).json()).not.toHaveProperty('lostData')
  // A snapshot is taken every two seconds.
  const snapshot = join(dir, '.longhaul/embedded/dump.rdb')
  const isSaved = () => {
    try {
      return readFileSync(snapshot).includes(taskId)
    } catch {
      return false
    }
  }
  await expect.poll(isSaved, { timeout: 20_000 }).toBe(true)
  const store = childrenOf(first.run.pid).find(({ command }) => command.includes('embedded-server'))
  process.kill(store?.pid ?? 0, 'SIGKILL')
  expect(await first.run.exited).toEqual({ code: 1, signal: null })

  const second = await start()
  await second.run.says(
    'The store went back in time: it lost an unknown time of what it had acknowledged (incarnation 1).',
  )
  expect(await (await second.ready()).json()).toMatchObject({
    status: 'ready',
    durability: expect.stringMatching(/^process: /),
    lostData: { incarnation: 1 },
  })
  writeFileSync(join(dir, 'go'), '')
  await expect.poll(() => second.client.status(taskId), { timeout: 30_000 }).toBe('completed')

  second.run.kill('SIGINT')
  expect(await second.run.exited).toEqual({ code: 0, signal: null })
  const third = await start()
  expect(await (await third.ready()).json()).not.toHaveProperty('lostData')
  expect(third.run.stderr).not.toContain('went back in time')
})
