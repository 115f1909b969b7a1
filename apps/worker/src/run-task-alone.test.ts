import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpawnedNode } from '@longhaul/testbed'
import { describe, expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile } from '../test/worker-store.ts'

const store = await openStoreOfFile()
const spawnWorker = workerSpawner(() => store.url)

const settled = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 90_000, interval: 100 })

describe('tasks that kill their workers', () => {
  const effects = `
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
const happen = (what) => appendFileSync(join(import.meta.dirname, '..', 'effects'), what + '\\n')
`
  const PROJECT = {
    'tools/exits.ts': `import { setTimeout as delay } from 'node:timers/promises'${toolFile('exits', 'await ctx.step("s", async () => { await delay(300); process.exit(3) })', " inDoubt: 'repeat',")}`,
    'tools/aborts.ts': `import { setTimeout as delay } from 'node:timers/promises'${toolFile('aborts', 'await ctx.step("s", async () => { await delay(300); process.abort() })', " inDoubt: 'repeat',")}`,
    'tools/innocent.ts':
      effects +
      toolFile(
        'innocent',
        `
        await ctx.step('a', () => happen(args.n + ' a'))
        const once = ctx.step('once', async () => { happen(args.n + ' once'); await delay(400) }, { inDoubt: 'fail' })
        const twice = ctx.step('b', async () => { happen(args.n + ' b'); await delay(200) })
        const [tried] = await Promise.allSettled([once, twice])
        await ctx.step('c', () => happen(args.n + ' c'))
        return 'innocent ' + args.n + ': ' + (tried.status === 'rejected' ? tried.reason.message : 'done')`,
        " inDoubt: 'repeat',",
      ),
  }

  test('fail after some deaths, and each task beside them comes to its end', { timeout: 120_000 }, async () => {
    const dir = writeProject(PROJECT)
    const lives: SpawnedNode[] = []
    let isOver = false
    const keepAlive = async () => {
      while (!isOver) {
        const worker = spawnWorker(dir)
        lives.push(worker)
        await worker.exited
      }
    }
    const keepers = [keepAlive(), keepAlive()]
    try {
      await Promise.all(lives.map((worker) => worker.ready(isReady)))
      const bad = [await store.submit('exits'), await store.submit('aborts')]
      const innocents = await Promise.all(Array.from({ length: 20 }, (_, n) => store.submit('innocent', { n })))

      for (const taskId of bad) await settled(taskId).toContain('worker_lost: 5 workers in a row were lost')
      for (const [n, taskId] of innocents.entries()) await settled(taskId).toContain(`innocent ${n}: `)

      // Twice each beside others, then alone: at most that often a worker was lost, and never again since.
      expect(lives.length - 2).toBeLessThanOrEqual(4)
      const happened = readFileSync(join(dir, 'effects'), 'utf8').trim().split('\n')
      for (const [n, taskId] of innocents.entries()) {
        const own = happened.filter((line) => line.startsWith(`${n} `)).map((line) => line.split(' ')[1])
        // What was journaled is not done again; what was in doubt is, or fails.
        expect(own.lastIndexOf('a')).toBeLessThan(own.indexOf('b'))
        expect(own.lastIndexOf('b')).toBeLessThan(own.indexOf('c'))
        expect(own.filter((step) => step === 'once')).toHaveLength(1)
        const said = await store.outcome(taskId)
        expect(said).toMatch(/: (done|The worker was lost during the step 'once')/)
      }
    } finally {
      isOver = true
      await Promise.all(lives.map((worker) => worker.kill('SIGKILL')))
      await Promise.all(keepers)
    }
  })
})

describe('a task that runs alone', () => {
  const HOLD = toolFile(
    'hold',
    "await ctx.step('s', () => { console.log('held by ' + process.pid); return new Promise(() => {}) })",
    " inDoubt: 'repeat',",
  )
  /** A task that two workers died with, and the worker and the process that have it. */
  async function heldAlone(env: NodeJS.ProcessEnv = {}) {
    const dir = writeProject({ 'tools/hold.ts': HOLD, 'tools/look.ts': toolFile('look') })
    const worker = spawnWorker(dir, env)
    await worker.ready(isReady)
    const taskId = await store.submitDeadly('hold')
    const [, pid] = await worker.ready(/^held by (\d+)$/)
    return { worker, taskId, pid: Number(pid) }
  }
  const isRunning = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  const gone = (pid: number) => expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)

  test('is in a process of its own, and hears that it was cancelled', async () => {
    const { worker, taskId, pid } = await heldAlone()
    expect(pid).not.toBe(worker.pid)
    await store.engine.cancel(store.principal, taskId)
    await gone(pid)
    const other = await store.submit('look')
    await settled(other).toContain('done')
  })

  test('is let go when its worker ends', async () => {
    const { worker, pid } = await heldAlone({ LONGHAUL_SHUTDOWN_GRACE_MS: '200' })
    void worker.kill('SIGTERM')
    expect(await worker.exited).toEqual({ code: 0, signal: null })
    await gone(pid)
  })

  test('ends when its worker is killed', async () => {
    const { worker, pid } = await heldAlone()
    await worker.kill('SIGKILL')
    await gone(pid)
  })

  test('is one of as many as the setting allows, and the others wait without taking a place', async () => {
    const { worker, taskId } = await heldAlone({ LONGHAUL_MAX_ALONE: '1', LONGHAUL_CONCURRENCY: '2' })
    const second = await store.submitDeadly('hold')
    await worker.ready(/too many tasks run alone here/)
    const other = await store.submit('look')
    await settled(other).toContain('done')
    await store.engine.cancel(store.principal, taskId)
    await expect.poll(() => worker.output.match(/^held by \d+$/gm)?.length, { timeout: 15_000 }).toBe(2)
    expect(await store.status(second)).toBe('working')
  })
})
