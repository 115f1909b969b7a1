import { expect, test } from 'vitest'
import { renderTask } from './render-task.ts'

const TASK = {
  taskId: 'e1TCr3nx8tUTHvtyNhFDTXgA',
  tool: 'look',
  status: 'working',
  owner: { issuer: 'api-key', subject: 'ann' },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:01.000Z',
} as const

test('a task tells how many workers were lost with it', () => {
  expect(renderTask(TASK)).not.toContain('lost')
  expect(renderTask({ ...TASK, deaths: 1 })).toContain('lost       a worker, with this task in hand')
  expect(renderTask({ ...TASK, deaths: 3 })).toContain('lost       3 workers in a row, with this task in hand')
})
