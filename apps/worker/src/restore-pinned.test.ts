import { parseAgentFile } from '@longhaul/agent'
import { defineTool } from '@longhaul/runtime'
import { CatalogAnnouncer } from '@longhaul/store'
import { type JsonObject, type ModelAnswer, readSettings } from '@longhaul/task'
import { parseWorkflowFile } from '@longhaul/workflow'
import { expect, test } from 'vitest'
import { openRunner as openRunnerOf, wakeUpOf } from '../test/open-runner.ts'
import { openStoreOfFile, testSettings } from '../test/worker-store.ts'

const store = await openStoreOfFile({ isKept: true })

let named = 0

function agent(name: string, prompt: string, lines = 'model: caller') {
  const parsed = parseAgentFile(`---\ndescription: A test.\n${lines}\n---\n${prompt}`, `agents/${name}.md`)
  if (!parsed.agent) throw new Error(JSON.stringify(parsed.problems))
  return parsed.agent
}
type Agent = ReturnType<typeof agent>

const openRunner = (...agents: Agent[]) => openRunnerOf(store, [], { agents })

/** A task of an agent as it is when the task is made. */
const submit = (name: string, ...agents: Agent[]) => submitTo(openRunner(...agents), name, { prompt: 'Go.' })

async function submitTo({ definitions }: ReturnType<typeof openRunner>, name: string, args: JsonObject) {
  await new CatalogAnnouncer(store.connection, testSettings()).announce(definitions.catalog())
  const pinned = definitions.find(name)?.pin?.hash
  await expect.poll(async () => (await store.catalog.find(name))?.pin?.hash).toBe(pinned)
  const audience = { sampling: 'tools', elicitation: true } as const
  return (await store.engine.submit({ principal: store.principal, tool: name, args, audience })).id
}

async function asked(taskId: string) {
  const [question] = await store.engine.openQuestions(await store.engine.inspect(store.principal, taskId))
  return { key: question?.wait.key ?? '', options: question?.conversation?.options }
}

async function answer(taskId: string, answer: Partial<ModelAnswer>) {
  const { key } = await asked(taskId)
  const whole = { model: 'test', role: 'assistant', content: [], stopReason: 'endTurn', ...answer } as const
  await store.engine.answer(store.principal, { taskId, key, reply: { kind: 'answer', answer: whole } })
}

test('an agent goes on as it was when its task was made, whatever became of its file, on any worker', async () => {
  const name = `agent${++named}`
  const taskId = await submit(name, agent(name, 'You are old.', 'model: caller\nmaxTokens: 77'))
  const edited = openRunner(agent(name, 'You are new.', 'model: other/model'))
  await edited.runner.advance(wakeUpOf(taskId))
  expect((await asked(taskId)).options).toMatchObject({ systemPrompt: 'You are old.', maxTokens: 77 })
  await answer(taskId, { content: [{ type: 'text', text: 'Done.' }] })
  const deleted = openRunner()
  await deleted.runner.advance(wakeUpOf(taskId))
  expect(await store.outcome(taskId)).toContain('Done.')
})

test('who takes its conversation over is as it was then, too', async () => {
  const [name, next] = [`agent${++named}`, `agent${++named}`]
  const lines = `model: caller\nhandOffs: [${next}]`
  const taskId = await submit(name, agent(name, 'You begin.', lines), agent(next, 'You end, as of old.'))
  const { runner } = openRunner(agent(next, 'You are new.'))
  await runner.advance(wakeUpOf(taskId))
  const call = { type: 'tool_use', id: 'c1', name: `hand_off_to_${next}`, input: {} } as const
  await answer(taskId, { content: [call], stopReason: 'toolUse' })
  await runner.advance(wakeUpOf(taskId))
  expect((await asked(taskId)).options).toMatchObject({ systemPrompt: 'You end, as of old.' })
})

test('a retry is of the agent as it is now', async () => {
  const name = `agent${++named}`
  const taskId = await submit(name, agent(name, 'You are old.'))
  await store.engine.cancel(store.principal, taskId)
  await submit(name, agent(name, 'You are new.'))
  const { id } = await store.engine.retry({ ...store.principal, scopes: ['tasks:admin'] }, taskId)
  await openRunner().runner.advance(wakeUpOf(id))
  expect((await asked(id)).options).toMatchObject({ systemPrompt: 'You are new.' })
})

test('a task whose pinned agent a store has lost goes on with the one that there is, and waits where there is none', async () => {
  const name = `agent${++named}`
  const taskId = await submit(name, agent(name, 'You are old.'))
  await store.redis.del(`{lh:${taskId.slice(0, 2)}}:pins`)
  await openRunner().runner.advance(wakeUpOf(taskId))
  expect(await store.message(taskId)).toBe(`Waits for a worker that has the tool '${name}'.`)
  await openRunner(agent(name, 'You are new.')).runner.advance(wakeUpOf(taskId))
  expect((await asked(taskId)).options).toMatchObject({ systemPrompt: 'You are new.' })
})

const look = defineTool({
  name: 'look',
  description: 'Looks.',
  inputSchema: { type: 'object' },
  execute: () => 'seen',
})

function workflow(name: string, steps: string) {
  const text = `description: A test.\nsteps:\n${steps}`
  const { workflow: made, problems } = parseWorkflowFile(text, `workflows/${name}.yaml`, readSettings({}))
  if (!made) throw new Error(JSON.stringify(problems))
  return made
}

test('a workflow goes on as it was when its task was made, and waits for what it calls', async () => {
  const name = `flow${++named}`
  const old = workflow(name, '  ask: { approval: "Old?" }\n  then: { needs: ask, tool: look }\n')
  const first = openRunnerOf(store, [look], { workflows: [old] })
  const taskId = await submitTo(first, name, {})
  await openRunnerOf(store, [], {}).runner.advance(wakeUpOf(taskId))
  expect(await store.message(taskId)).toMatch(
    new RegExp(`^Waits for a worker that can run '${name}' as it was when the task was made. .*look`),
  )
  const changed = workflow(name, '  other: { approval: "New?" }\n')
  const edited = openRunnerOf(store, [look], { workflows: [changed] })
  await edited.runner.advance(wakeUpOf(taskId))
  const [question] = await store.engine.openQuestions(await store.engine.inspect(store.principal, taskId))
  expect(question?.wait).toMatchObject({ key: 'ask', question: { message: 'Old?' } })
  await store.engine.answer(store.principal, {
    ...{ taskId, key: 'ask' },
    reply: { kind: 'answer', answer: { action: 'accept', content: { decision: 'approve' } } },
  })
  await openRunnerOf(store, [look], {}).runner.advance(wakeUpOf(taskId))
  expect(edited.said()).not.toContain('the task goes on with another version of its tool')
  // The step of before is done: nobody announces here what it calls.
  expect(await store.outcome(taskId)).toContain("No worker has a tool 'look' at the moment.")
})
