import { expect, test } from 'vitest'
import { type Held, HeldTasks } from './held-tasks.ts'

const held = (claimedAt: number) => ({ claimedAt }) as Held

test('holds a task until it is let go', () => {
  const tasks = new HeldTasks()
  const letGo = tasks.hold(tasks.expect('t1'), held(1))
  tasks.hold(tasks.expect('t2'), held(2))
  expect([tasks.size, tasks.get('t1')?.claimedAt]).toEqual([2, 1])
  letGo()
  expect(tasks.get('t1')).toBeUndefined()
  expect(tasks.entries()).toEqual([['t2', held(2)]])
})

test('a later claim of a task stays when the one before is let go', () => {
  const tasks = new HeldTasks()
  const letGo = tasks.hold(tasks.expect('t1'), held(1))
  tasks.hold(tasks.expect('t1'), held(2))
  letGo()
  expect(tasks.get('t1')?.claimedAt).toBe(2)
})

test('a task is told what happened to it since it was expected, once, and nothing of others', () => {
  const tasks = new HeldTasks()
  const told: unknown[] = []
  const tell = (taskId: string, news: string) => tasks.tell(taskId, ({ claimedAt }) => told.push([claimedAt, news]))
  tell('t1', 'before')
  const coming = tasks.expect('t1')
  const refused = tasks.expect('t1')
  tell('t1', 'on its way')
  tell('t2', 'another')
  tasks.forget(refused)
  expect(told).toEqual([])
  tasks.hold(coming, held(1))
  tell('t1', 'running')
  expect(told).toEqual([
    [1, 'on its way'],
    [1, 'running'],
  ])
})

test('all tasks on their way are told something once they run, and none that is here or does not come', () => {
  const tasks = new HeldTasks()
  const told: unknown[] = []
  const tellComing = () => tasks.tellComing(({ claimedAt }, taskId) => told.push([claimedAt, taskId]))
  const coming = [tasks.expect('t1'), tasks.expect('t2'), tasks.expect('t3')] as const
  tasks.hold(coming[0], held(1))
  tasks.forget(coming[1])
  tellComing()
  tasks.hold(coming[2], held(3))
  tellComing()
  expect(told).toEqual([[3, 't3']])
  // Nothing is kept for what has come, or does not.
  expect(coming.map(({ news }) => news.length)).toEqual([0, 0, 1])
})
