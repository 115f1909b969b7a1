import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs, startRedis, type TestRedis } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openWorkerStore, type WorkerStore } from '../test/worker-store.ts'

const canRun = needs('redis-server', 'store-loss.test.ts')

let redis: TestRedis
let store: WorkerStore
beforeAll(async () => {
  if (!canRun) return
  redis = await startRedis()
  store = await openWorkerStore(redis)
})
afterAll(() => store?.stop())
const spawnWorker = workerSpawner(() => store.url)

const NOTE =
  "const note = (what) => appendFileSync(args.notes, what + '\\n'); const { appendFileSync, existsSync } = await import('node:fs');"
const ASK = (key: string) => `await ctx.elicit({ key: '${key}', message: 'Go on?', schema: { type: 'object' } });`
const TOOLS = {
  'tools/pay.ts': toolFile(
    'pay',
    `${NOTE} ${ASK('before')} await ctx.step('pay', () => note('paid'), { inDoubt: 'ask' }); ${ASK('after')} return 'done'`,
    " inDoubt: 'repeat',",
  ),
  'tools/hold.ts': toolFile(
    'hold',
    `${NOTE} await ctx.step('hold', async () => {
       note('held')
       while (!existsSync(args.notes + '.go')) await new Promise((resolve) => setTimeout(resolve, 20))
     })
     return 'done'`,
    " inDoubt: 'repeat',",
  ),
}

const answer = (taskId: string, key: string, content: Record<string, string> = {}) =>
  store.engine.answer(store.principal, {
    taskId,
    key,
    reply: { kind: 'answer', answer: { action: 'accept', content } },
  })
const open = async (taskId: string) => {
  const task = await store.engine.inspect(store.principal, taskId)
  return (await store.engine.openQuestions(task)).map(({ wait }) => wait.key)
}
const notes = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])

describe.runIf(canRun)('a worker whose store goes back in time', () => {
  test('does nothing again silently, and goes on with what is whole', async () => {
    const dir = writeProject(TOOLS)
    const worker = spawnWorker(dir)
    await worker.ready(isReady)
    const [payNotes, holdNotes] = [join(dir, 'pay'), join(dir, 'hold')]
    const [pay, hold] = [
      await store.submit('pay', { notes: payNotes }),
      await store.submit('hold', { notes: holdNotes }),
    ]
    await expect.poll(() => open(pay)).toEqual(['before'])
    await expect.poll(() => notes(holdNotes)).toEqual(['held'])
    const beatAt = async () => Number((await redis.client.zrange('lh:alive', '0', '0', 'WITHSCORES'))[1])
    const claimedBy = await beatAt()
    await expect.poll(beatAt).toBeGreaterThan(claimedBy)
    await redis.client.save()

    await answer(pay, 'before')
    await expect.poll(() => open(pay)).toEqual(['after'])
    const paidBy = await beatAt()
    await expect.poll(beatAt).toBeGreaterThan(paidBy)
    await redis.kill('SIGKILL')
    await redis.start()
    await worker.ready(/The store went back in time: it lost \d+\.\d s of what it had acknowledged \(incarnation 1\)/)

    await expect.poll(() => open(pay).catch(() => 'away')).toEqual(['before'])
    await answer(pay, 'before')
    await expect.poll(() => open(pay)).toEqual(['pay!1'])
    expect(notes(payNotes)).toEqual(['paid'])
    await answer(pay, 'pay!1', { decision: 'fail' })
    await expect.poll(() => store.outcome(pay), { timeout: 15_000 }).toContain('It was decided not to do it again.')
    expect(notes(payNotes)).toEqual(['paid'])

    writeFileSync(`${holdNotes}.go`, '')
    await expect.poll(() => store.outcome(hold), { timeout: 15_000 }).toContain('done')
    expect(notes(holdNotes)).toEqual(['held'])
  }, 60_000)
})
