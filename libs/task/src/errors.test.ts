import { expect, test } from 'vitest'
import { LonghaulError, taskNotFound } from './errors.ts'
import { formatProblem } from './problem.ts'
import { isTerminal } from './status.ts'

test('an error keeps its code, data and cause', () => {
  const cause = new Error('deep')
  const error = new LonghaulError('too_large', 'Too large.', { cause, data: { bytes: 7 } })
  expect(error).toMatchObject({
    name: 'LonghaulError',
    code: 'too_large',
    message: 'Too large.',
    data: { bytes: 7 },
    cause,
  })
})

test('all that cannot be found is not found in the same words', () => {
  expect(taskNotFound()).toMatchObject({ code: 'task_not_found', message: 'Task not found', data: undefined })
})

test('three statuses are final', () => {
  const statuses = ['working', 'input_required', 'completed', 'failed', 'cancelled'] as const
  expect(statuses.filter(isTerminal)).toEqual(['completed', 'failed', 'cancelled'])
})

test('a problem names its place as editors do', () => {
  const problem = { file: 'mcp.json', message: 'No such server.', severity: 'error' } as const
  expect(formatProblem({ ...problem, line: 3 })).toBe('mcp.json:3: error: No such server.')
  expect(formatProblem({ ...problem, severity: 'warning' })).toBe('mcp.json: warning: No such server.')
})
