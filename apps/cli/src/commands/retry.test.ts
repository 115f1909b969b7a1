import { Connection, RedisClaimStore, RedisTaskStore } from '@longhaul/store'
import { newTaskId, type Owner, readSettings } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { longhaul, toolFile, writeProject } from '../../test/longhaul.ts'

const ANNA: Owner = { issuer: 'api-key', subject: 'anna' }
let store: TestStore
let connection: Connection
beforeAll(async () => {
  store = await startTestStore()
  connection = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'fail' })
})
afterAll(async () => {
  await connection.close()
  await store.stop()
})

/** A task that failed since a worker died with it. */
async function deadTask(tool: string): Promise<string> {
  const settings = { ...readSettings({}), maxDeaths: 1 }
  const tasks = new RedisTaskStore(connection, settings)
  const claims = new RedisClaimStore(connection, settings)
  const id = newTaskId(ANNA)
  const audience = { sampling: 'none', elicitation: false } as const
  const head = { tool, definition: 'd1', queue: 'default', owner: ANNA, createdAt: Date.now(), ttlMs: 60_000, audience }
  await tasks.create({ id, head, args: { at: 'home' } })
  const claim = () => claims.claim(id, { worker: 'w1', leaseMs: 1 })
  await claim()
  await expect.poll(claim).toEqual({ kind: 'dead', deaths: 1 })
  return id
}
test('tasks that their workers died with are listed, and one is done after all', { timeout: 60_000 }, async () => {
  const none = longhaul(['list', '--dead'], { REDIS_URL: store.url })
  await none.says('No task failed because its workers died with it.')
  expect(await none.exited).toEqual({ code: 0, signal: null })

  const taskId = await deadTask('look')
  const listed = longhaul(['list', '--dead'], { REDIS_URL: store.url })
  await listed.says(/^ID +TOOL +OWNER +DEATHS +WHEN +REASON$/m)
  await listed.says(new RegExp(`^${taskId}  look  api-key/anna  1 +\\S+Z  worker_lost: 1 workers in a row`, 'm'))
  const json = longhaul(['list', '--dead', '--json'], { REDIS_URL: store.url })
  await json.exited
  expect(JSON.parse(json.stdout)).toMatchObject({
    taskId,
    tool: 'look',
    status: 'failed',
    owner: ANNA,
    deaths: 1,
    updatedAt: expect.stringMatching(/Z$/),
    statusMessage: expect.stringMatching(/^worker_lost: /),
  })

  const early = longhaul(['retry', taskId], { REDIS_URL: store.url })
  await early.says("longhaul: No worker has the tool 'look' at the moment.")
  expect(await early.exited).toEqual({ code: 1, signal: null })

  const dir = writeProject({ 'tools/look.ts': toolFile('look', "return 'looked at ' + args.at") })
  const worker = longhaul(['worker', dir], { REDIS_URL: store.url })
  await worker.says('working')
  const retry = longhaul(['retry', taskId], { REDIS_URL: store.url })
  expect(await retry.exited).toEqual({ code: 0, signal: null })
  const tasks = new RedisTaskStore(connection, readSettings({}))
  const outcome = async () => JSON.stringify(await tasks.readOutcome(retry.stdout.trim()))
  await expect.poll(outcome, { timeout: 20_000 }).toContain('looked at home')
  expect(await tasks.read(retry.stdout.trim())).toMatchObject({ head: { owner: ANNA, retriedFrom: taskId } })

  const done = longhaul(['retry', retry.stdout.trim()], { REDIS_URL: store.url })
  await done.says('longhaul: The task succeeded. There is nothing to retry.')
  expect(await done.exited).toEqual({ code: 1, signal: null })
})

test.each([
  ['no-id', {}, "longhaul: Task not found in the store at REDIS_URL. 'longhaul list' lists your tasks there;"],
  [newTaskId(ANNA), {}, 'longhaul: Task not found'],
  [
    newTaskId(ANNA),
    { REDIS_URL: 'redis://127.0.0.1:1' },
    'The store cannot be used: connect ECONNREFUSED 127.0.0.1:1.',
  ],
])('%s with %j cannot be retried, and it is said why', async (taskId, env, message) => {
  const retry = longhaul(['retry', taskId], { REDIS_URL: store.url, ...env })
  await retry.says(message)
  expect(await retry.exited).toEqual({ code: 1, signal: null })
})
