import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, startBench } from '../test/drive-task.ts'
import { RetryableError, type StepHandle } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const HOUR_MS = 3_600_000
const deferred = () =>
  Object.assign(new Error('come back later'), { retryable: true, retryAfterMs: HOUR_MS, isDeferred: true })
const busy = () => new RetryableError('busy')

/** Fails with these errors, one after the other, then gives the number of the attempt. */
function submit(errors: Error[], settings = {}): Promise<DrivenTask> {
  const body = ({ attempt }: StepHandle) => {
    const error = errors.shift()
    if (error) throw error
    return attempt
  }
  const program = defineProgram((ctx) => ctx.step('pay', body).then(String, (error: Error) => error.message))
  return bench.submit(program, { settings: { retryBackoffMs: 0, retryMaxAttempts: 2, ...settings } })
}

async function runToEnd(task: DrivenTask): Promise<void> {
  while ((await (await task.activate(60_000)).ended) === 'suspended') {
    for (const { key, wait } of await task.waits()) if (wait === 'timer') await task.elapse(key)
  }
}

describe('an attempt that is put off', () => {
  test('holds nothing until its time, and counts as none', async () => {
    const task = await submit([deferred(), deferred(), busy(), deferred(), deferred()])
    const before = Date.now()
    expect(await task.run()).toBe('suspended')
    const [wait] = await task.waits()
    expect(wait?.deadline).toBeGreaterThanOrEqual(before + HOUR_MS)
    await task.elapse('pay!r1')
    await runToEnd(task)
    // Two attempts are all that it may make, and it has made two.
    expect(await task.text()).toBe('6')
    expect(await task.keys()).toEqual(['pay!r1', 'pay!r2', 'pay!r3', 'pay!r4', 'pay!r5', 'pay'])
  })

  test('leaves the others as they are counted', async () => {
    const task = await submit([deferred(), busy(), deferred(), busy()])
    await runToEnd(task)
    expect(await task.text()).toBe('busy')
  })

  test('is put off no longer than patience lasts', async () => {
    const task = await submit([deferred()], { rateLimitPatienceMs: 0 })
    await runToEnd(task)
    expect(await task.text()).toBe('come back later')
  })

  test('waits as long as it was asked to, however many attempts failed before', async () => {
    const task = await submit([busy(), deferred()], { retryBackoffMs: 24 * HOUR_MS, retryMaxBackoffMs: 24 * HOUR_MS })
    await task.run()
    await task.elapse('pay!r1')
    const before = Date.now()
    await task.run()
    const [wait] = await task.waits()
    expect(wait?.deadline).toBeGreaterThanOrEqual(before + HOUR_MS)
    expect(wait?.deadline).toBeLessThan(before + 2 * HOUR_MS)
  })
})
