import { expect, test } from 'vitest'
import { aTask } from '../../test/task.ts'
import { toProgressNotification, toStatusNotification } from './notification.ts'
import { featuresOf } from './version.ts'

test('tells a status with the whole task and no metadata', () => {
  expect(toStatusNotification(aTask({ status: 'input_required' }), 500)).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/tasks/status',
    params: {
      taskId: '7fAAAAAAAAAAAAAAAAAAAAAA',
      status: 'input_required',
      createdAt: '2026-01-02T03:04:05.006Z',
      lastUpdatedAt: '2026-01-02T03:04:06.000Z',
      ttl: 60_000,
      pollInterval: 500,
    },
  })
})

const progress = { progress: 2, total: 5, message: 'half' }

test('tells progress under the token of the call, and of which task it is', () => {
  const features = featuresOf('2025-11-25')
  expect(toProgressNotification(0, progress, { taskId: '7fAAAAAAAAAAAAAAAAAAAAAA', features })).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: {
      progressToken: 0,
      progress: 2,
      total: 5,
      message: 'half',
      _meta: { 'io.modelcontextprotocol/related-task': { taskId: '7fAAAAAAAAAAAAAAAAAAAAAA' } },
    },
  })
  expect(toProgressNotification('t', { progress: 0 }, { features }).params).toEqual({ progressToken: 't', progress: 0 })
})

test('leaves the message of progress out before 2025-03-26', () => {
  const params = (version: '2025-03-26' | '2024-11-05') =>
    toProgressNotification('t', progress, { features: featuresOf(version) }).params
  expect(params('2025-03-26')).toHaveProperty('message', 'half')
  expect(params('2024-11-05')).toEqual({ progressToken: 't', progress: 2, total: 5 })
})
