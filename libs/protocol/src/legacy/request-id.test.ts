import { expect, test } from 'vitest'
import { parseRequestId, toRequestId } from './request-id.ts'

const taskId = '7fAAAAAAAAAAAAAAAAAAAA-_'

test.each(['m1', 't3.1', 'question', 'a.b.c', '.', '1.2.3', 'line\nbreak', 'Ünï'])(
  'the id of a showing says which it was: %j',
  (key) => {
    const id = toRequestId({ taskId, key, attempt: 12 })
    expect(id).toBe(`${taskId}.${key}.12`)
    expect(parseRequestId(id)).toEqual({ taskId, key, attempt: 12 })
  },
)

test.each([
  '',
  7,
  'a',
  `${taskId}`,
  `${taskId}.m1`,
  `${taskId}..1`,
  `${taskId}.m1.x`,
  `${taskId}.m1.`,
  'zz.m1.1',
  `x${taskId}.m1.1`,
])('an id that is none of ours names nothing: %j', (id) => {
  expect(parseRequestId(id)).toBeUndefined()
})
