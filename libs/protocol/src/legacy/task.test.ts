import type { TaskStatus } from '@longhaul/task'
import { TaskSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { aTask } from '../../test/task.ts'
import { toCreatedTask, toLegacyTask } from './task.ts'

test('shows a task in the words of 2025-11-25', () => {
  const shown = toLegacyTask(aTask({ statusMessage: 'busy' }), 500)
  expect(shown).toEqual({
    taskId: '7fAAAAAAAAAAAAAAAAAAAAAA',
    status: 'working',
    statusMessage: 'busy',
    createdAt: '2026-01-02T03:04:05.006Z',
    lastUpdatedAt: '2026-01-02T03:04:06.000Z',
    ttl: 60_000,
    pollInterval: 500,
  })
  expect(TaskSchema.parse(shown)).toEqual(shown)
})

test.each<[TaskStatus, boolean, TaskStatus]>([
  ['working', false, 'working'],
  ['input_required', false, 'input_required'],
  ['completed', false, 'completed'],
  ['completed', true, 'failed'],
  ['failed', false, 'failed'],
  ['cancelled', false, 'cancelled'],
])('%s with isError %s is %s', (status, isError, shown) => {
  expect(toLegacyTask(aTask({ status, isError }), 500).status).toBe(shown)
})

test('says how long a task is really kept: its ttl while it lives, until its removal once it is over', () => {
  const { createdAt } = aTask().head
  const removableAt = createdAt + 90_000
  expect(toLegacyTask(aTask({ status: 'completed', removableAt }), 500).ttl).toBe(90_000)
  expect(toLegacyTask(aTask({ removableAt }), 500).ttl).toBe(60_000)
})

test('shows a task that is over already as it began', () => {
  const { head } = aTask()
  const over = aTask({ status: 'completed', isError: true, statusMessage: 'no', removableAt: head.createdAt + 90_000 })
  const begun = { status: 'working', ttl: 60_000, lastUpdatedAt: '2026-01-02T03:04:05.006Z' }
  expect(toCreatedTask(over, 500)).toMatchObject(begun)
  expect(toCreatedTask(over, 500)).not.toHaveProperty('statusMessage')
})
