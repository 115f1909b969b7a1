import { expect, test } from 'vitest'
import { parseClientTask, parseCreatedTask } from './client-task.ts'

const TASK = { taskId: 't1', status: 'working', ttl: 1, createdAt: '', lastUpdatedAt: '' }

test('reads what a client tells of its task', () => {
  const told = { ...TASK, statusMessage: 'Asking.', pollInterval: 500 }
  expect(parseClientTask(told)).toEqual({ id: 't1', status: 'working', message: 'Asking.', pollMs: 500 })
  const response = { jsonrpc: '2.0', id: 1, result: { task: TASK } } as const
  expect(parseCreatedTask(response)).toEqual({ id: 't1', status: 'working' })
})

test.each([
  ['an answer', { action: 'accept', content: { task: 'x' } }],
  ['a task whose id is no text', { task: { ...TASK, taskId: 7 } }],
  ['a task with an endless id', { task: { ...TASK, taskId: 'x'.repeat(2000) } }],
  ['a task of a status that there is not', { task: { ...TASK, status: 'constructor' } }],
  ['a list', { task: [TASK] }],
  ['nothing', undefined],
])('takes %s for no task', (_what, result) => {
  expect(parseCreatedTask({ jsonrpc: '2.0', id: 1, result })).toBeUndefined()
})

test.each([0, -1, '5', null, Number.NaN])('a poll interval of %j is none', (pollInterval) => {
  expect(parseClientTask({ ...TASK, pollInterval })).toEqual({ id: 't1', status: 'working' })
})
