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
  expect(listed.stdout).toMatch(new RegExp(`^${id} +top .*\\n  ${middle} +middle .*\\n    ${leaf} +leaf .*out of`, 'm'))
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

test('agents call agents as tasks, and one takes over the conversation', { timeout: 60_000 }, async () => {
  const tasks = new RedisTaskStore(connection, readSettings({}))
  const id = newTaskId(ANNA)
  const audience = { sampling: 'none', elicitation: false } as const
  const head: TaskHead = {
    ...{
      tool: 'lead',
      definition: 'd1',
      queue: 'default',
      owner: ANNA,
      createdAt: Date.now(),
      ttlMs: 60_000,
      audience,
    },
  }
  await tasks.create({ id, head, args: { prompt: 'Which drink?' } })
  const agent = (name: string, ...settings: string[]) =>
    ['---', `description: The ${name}.`, `model: scripted:${name}.yaml`, ...settings, '---', `You ${name}.`].join('\n')
  const dir = writeProject({
    'agents/lead.md': agent('lead', 'agents: [researcher]', 'handOffs: [closer]'),
    'agents/researcher.md': agent('researcher'),
    'agents/closer.md': agent('closer'),
    'lead.yaml': `
- call: [{ tool: researcher, with: { prompt: tea } }, { tool: researcher, with: { prompt: coffee } }]
- { expect: [It is hot.], call: [{ tool: hand_off_to_closer, with: {} }] }
`,
    'researcher.yaml': '- say: It is hot.\n',
    'closer.yaml': '- say: no\n- say: no\n- { expect: [has this conversation], say: Both are hot. }\n',
  })
  const worker = longhaul(['worker', dir], { REDIS_URL: store.url })
  await worker.says('working')
  await expect.poll(async () => (await tasks.read(id))?.status, { timeout: 30_000 }).toBe('completed')
  expect(await tasks.readOutcome(id)).toMatchObject({
    outcome: { result: { content: [{ type: 'text', text: 'Both are hot.' }] } },
  })
  const below = await tasks.readBelow(id)
  expect(below.map(({ head, status }) => [head.tool, head.lineage?.step.key, status])).toEqual(
    expect.arrayContaining([
      ['researcher', 't1.1', 'completed'],
      ['researcher', 't1.2', 'completed'],
    ]),
  )
  worker.kill('SIGTERM')
  await worker.exited
})
