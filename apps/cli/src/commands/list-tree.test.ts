import { Connection, RedisTaskStore } from '@longhaul/store'
import { childTaskId, newTaskId, type Owner, readSettings, type TaskHead } from '@longhaul/task'
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

test('a task is listed with all that it called, each under who called it', { timeout: 60_000 }, async () => {
  const tasks = new RedisTaskStore(connection, readSettings({}))
  const id = newTaskId(ANNA)
  const audience = { sampling: 'none', elicitation: false } as const
  const head: TaskHead = {
    ...{ tool: 'top', definition: 'd1', queue: 'default', owner: ANNA, createdAt: Date.now(), ttlMs: 60_000, audience },
  }
  await tasks.create({ id, head, args: {} })
  const dir = writeProject({
    'tools/top.ts': toolFile('top', "return ctx.call('middle', {}, { key: 'a' })"),
    'tools/middle.ts': toolFile('middle', "await ctx.call('leaf', {}, { key: 'b' })"),
    'tools/leaf.ts': toolFile('leaf', "throw new Error('out of leaves')"),
  })
  const worker = longhaul(['worker', dir], { REDIS_URL: store.url })
  await worker.says('working')
  await expect.poll(async () => (await tasks.read(id))?.status, { timeout: 30_000 }).toBe('completed')

  const middle = childTaskId(id, 'a')
  const leaf = childTaskId(middle, 'b')
  const listed = longhaul(['list', '--tree', id], { REDIS_URL: store.url })
  await listed.exited
  expect(listed.stdout).toMatch(/^ID +TOOL +STATUS +STARTED +MESSAGE$/m)
  expect(listed.stdout).toMatch(
    new RegExp(`^${id} +top .*\\n  ${middle} +middle .*\\n    ${leaf} +leaf +completed, with an error .*out of`, 'm'),
  )
  const json = longhaul(['list', '--tree', id, '--json'], { REDIS_URL: store.url })
  await json.exited
  const rows = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ taskId, parent, step }) => [taskId, parent, step])).toEqual([
    [id, undefined, undefined],
    [middle, id, 'a'],
    [leaf, middle, 'b'],
  ])
  worker.kill('SIGTERM')
  await worker.exited
})
