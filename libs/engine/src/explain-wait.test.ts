import { LonghaulError, type Task, type WorkerRegistry } from '@longhaul/task'
import { expect, test } from 'vitest'
import { explainWait } from './explain-wait.ts'
import { TASK, testPorts } from './fixtures/ports.ts'

const LIVE = {
  ...{ id: 'w1', host: 'here', pid: 7, version: '1.0.0', queues: ['gpu'], concurrency: 20, running: 3 },
  ...{ tools: [], versions: {}, refusedWrites: 0, startedAt: 1000, beatAt: 2000 },
}
const live: WorkerRegistry = { live: async () => [LIVE] }
const said = async (changed: Partial<Task>, workers?: WorkerRegistry) =>
  (await explainWait(testPorts({}, { ...(workers && { workers }) }), { ...TASK, ...changed })).statusMessage

test('a task that nobody can go on with says so, whatever was said on the way', async () => {
  expect(await said({}, live)).toBe("Waits for a worker: none serves the queue 'default'.")
  expect(await said({ statusMessage: 'reading' }, { live: async () => [] })).toMatch(/^Waits for a worker/)
  expect(await said({ statusMessage: 'reading', head: { ...TASK.head, queue: 'gpu' } }, live)).toBe('reading')
})

test('a task that waits for its turn does not say any more that it waits for a worker', async () => {
  const stalled = { statusMessage: "Waits for a worker: none serves the queue 'gpu'." }
  expect(await said({ ...stalled, head: { ...TASK.head, queue: 'gpu' } }, live)).toBeUndefined()
})

test('a task that needs no worker does not wait for one', async () => {
  for (const changed of [
    { status: 'completed' },
    { status: 'input_required' },
    { isSuspended: true },
    { pausedAt: 1 },
  ] as const)
    expect(await said(changed, live)).toBeUndefined()
})

test('a task is what it is where nobody knows who lives', async () => {
  const away = new LonghaulError('store_unavailable', 'away')
  expect(await said({}, { live: () => Promise.reject(away) })).toBeUndefined()
  expect(await said({})).toBeUndefined()
})
