import { expect, test } from 'vitest'
import { type Held, HeldTasks } from './held-tasks.ts'

const held = (runId: string) => ({ runId, claimedAt: 1 }) as Held

test('holds a task until it is let go', () => {
  const tasks = new HeldTasks()
  const letGo = tasks.hold('t1', held('r1'))
  tasks.hold('t2', held('r2'))
  expect([tasks.size, tasks.get('t1')?.runId]).toEqual([2, 'r1'])
  letGo()
  expect(tasks.get('t1')).toBeUndefined()
  expect(tasks.entries()).toEqual([['t2', held('r2')]])
})

test('a later claim of a task stays when the one before is let go', () => {
  const tasks = new HeldTasks()
  const letGo = tasks.hold('t1', held('r1'))
  tasks.hold('t1', held('r2'))
  letGo()
  expect(tasks.get('t1')?.runId).toBe('r2')
})
