import { setImmediate as turn } from 'node:timers/promises'
import { Connection, EventLog, RedisTaskWatch, Watch } from '@longhaul/store'
import { LonghaulError, newTaskId, readSettings } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FollowedTask, type Follower } from './followed-task.ts'

let store: TestStore
let connection: Connection
beforeAll(async () => {
  store = await startTestStore()
  connection = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'wait' })
})
afterAll(async () => {
  await connection.close()
  await store.stop()
})

/** Follows a task of which nothing is ever heard; each look is what `looks` has next, and after the last it is over. */
function follow(looks: readonly (() => unknown)[], isPatient = true) {
  let done = 0
  let isLeft = false
  const follower: Follower = {
    taskId: newTaskId({ issuer: 'i', subject: 's' }),
    onEvent: () => {},
    look: async () => {
      await looks[done++]?.()
      return Number.POSITIVE_INFINITY
    },
    isOver: () => isLeft || done === looks.length,
    isPatient: () => isPatient,
  }
  const watch = new RedisTaskWatch(new Watch(connection))
  const parts = { watch, eventLog: new EventLog(connection), settings: readSettings({}) }
  const task = new FollowedTask(parts, follower)
  const leave = () => {
    isLeft = true
    task.lookAgain()
  }
  return { task, leave, looked: () => done, followed: task.follow() }
}
const away = () => {
  throw new LonghaulError('store_unavailable', 'The store is away.')
}

test('is looked at until it is over', async () => {
  const { task, looked, followed } = follow([() => {}, () => {}])
  await expect.poll(looked).toBe(1)
  task.lookAgain()
  await followed
  expect(looked()).toBe(2)
})

test('is not looked at by one who has gone', async () => {
  const { leave, looked, followed } = follow([() => {}, () => {}])
  await expect.poll(looked).toBe(1)
  leave()
  await followed
  expect(looked()).toBe(1)
  const gone = follow([])
  await gone.followed
  expect(gone.looked()).toBe(0)
})

test('is waited for by a patient one while the store is away', async () => {
  const { task, looked, followed } = follow([away, () => {}])
  await expect.poll(looked).toBe(1)
  await turn()
  task.lookAgain()
  await followed
  expect(looked()).toBe(2)
})

test('ends with what a look came to, and for an impatient one with the store that is away', async () => {
  const failing = follow([
    () => {
      throw new Error('no such task')
    },
  ])
  await expect(failing.followed).rejects.toThrow('no such task')
  await expect(follow([away], false).followed).rejects.toThrow('The store is away.')
})
