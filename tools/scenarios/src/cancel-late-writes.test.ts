import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findKeyLeaks } from '@longhaul/testbed'
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { connectRaw, type RawClient } from '../crash-project/driver/raw-client.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

let world: World
let raw: RawClient
beforeAll(async () => {
  world = await startWorld({ coordinators: 1, workers: 1 })
  raw = await connectRaw(world.stack.url(), world.stack.roundRobin)
})
afterAll(() => world?.stop())

test('what a step comes to after the cancel is not written, and no step follows', async () => {
  const held = world.recorder.hold('late/two')
  const { taskId, result } = await world.begin('late', { tool: 'mixed', args: { run: 'late' } })
  await held.reached
  const cancelled = await raw.request('tasks/cancel', { taskId })
  expect(cancelled).toMatchObject({ taskId, status: 'cancelled' })
  await expect(result).rejects.toThrow('Task cancelled')

  held.open()
  await workersAreThrough('late')
  expect(world.recorder.counts('late')).toEqual({ one: 1, two: 1 })
  expect(await raw.request('tasks/get', { taskId })).toEqual(cancelled)
})

test('a result is refused that a worker had before it could hear of the cancel', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-late-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { taskId, result } = await world.begin('blocked', { tool: 'block', args: { folder } })
  await vi.waitFor(() => access(join(folder, 'begun')))
  const cancelled = await raw.request('tasks/cancel', { taskId })
  expect(cancelled).toMatchObject({ taskId, status: 'cancelled' })
  await expect(result).rejects.toThrow('Task cancelled')

  await writeFile(join(folder, 'end'), '')
  await workersAreThrough('blocked')
  expect(await raw.request('tasks/get', { taskId })).toEqual(cancelled)
})

test('an answer that comes after the cancel wakes nothing', async () => {
  const answer = Promise.withResolvers<ElicitResult>()
  const { client, taskId, result } = await world.begin('answered', {
    tool: 'form',
    args: { run: 'answered' },
    elicit: () => answer.promise,
  })
  await client.shown('name')
  const cancelled = await raw.request('tasks/cancel', { taskId })
  await expect(result).rejects.toThrow('Task cancelled')

  answer.resolve({ action: 'accept', content: { name: 'Ann' } })
  await workersAreThrough('answered')
  expect(world.recorder.counts('answered')).toEqual({ before: 1 })
  expect(await raw.request('tasks/get', { taskId })).toEqual(cancelled)
})

test('leaves no key behind that no rule ends', async () => {
  await world.ended()
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

/** What the worker had heard and was woken for before is done when a whole task has gone through it since. */
async function workersAreThrough(what: string): Promise<void> {
  const { result } = await world.begin(`through ${what}`, { tool: 'put_step', args: { what: `through ${what}/it` } })
  expect((await result).isError).toBe(false)
}
