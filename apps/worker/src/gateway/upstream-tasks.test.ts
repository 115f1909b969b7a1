import { undoTaskId } from '@longhaul/task'
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createServer as createEverything } from '@modelcontextprotocol/server-everything/dist/server/index.js'
import { expect, onTestFinished, test } from 'vitest'
import { answerForm, openQuestions } from '../../test/form-answers.ts'
import { startGatewayWorker } from '../../test/gateway-worker.ts'
import { writeProject } from '../../test/project.ts'
import { isReady, workerSpawner } from '../../test/spawn-worker.ts'
import { startUpstream } from '../../test/upstream.ts'
import { openStoreOfFile } from '../../test/worker-store.ts'

const store = await openStoreOfFile()
const spawnWorker = workerSpawner(() => store.url)

const comesTo = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 30_000 })

const projectOf = (url: string, entry: object = {}) =>
  writeProject({ 'mcp.json': JSON.stringify({ mcpServers: { far: { url, expose: ['*'], ...entry } } }) })

/** A server with a task tool, whose tasks do what the test says. */
async function startTaskServer() {
  const taskStore = new InMemoryTaskStore()
  const made: string[] = []
  const upstream = await startUpstream(() => {
    const options = { capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }, taskStore }
    const server = new McpServer({ name: 'tasks', version: '1' }, options)
    server.experimental.tasks.registerToolTask(
      'work',
      { description: 'Works.', execution: { taskSupport: 'required' } },
      {
        createTask: async ({ taskStore: own }) => {
          const task = await own.createTask({ ttl: null, pollInterval: 100 })
          made.push(task.taskId)
          return { task }
        },
        getTask: async ({ taskId, taskStore: own }) => own.getTask(taskId),
        getTaskResult: async ({ taskId, taskStore: own }) => (await own.getTaskResult(taskId)) as { content: [] },
      },
    )
    return server
  })
  onTestFinished(async () => {
    await upstream.stop()
    taskStore.cleanup()
  })
  return { ...upstream, taskStore, made }
}

test('simulate-research-query of server-everything survives the death of its worker with one upstream task, and asks', async () => {
  const everything = await startUpstream(() => createEverything().server)
  onTestFinished(() => everything.stop())
  const dir = projectOf(everything.url, { elicitation: 'ask' })
  const first = spawnWorker(dir, { LONGHAUL_UPSTREAM_POLL_MIN_MS: '100' })
  await first.ready(isReady)
  const taskId = await store.submit('far__simulate-research-query', { topic: 'python', ambiguous: true })
  await expect.poll(() => everything.count('tasks/get'), { timeout: 20_000 }).toBeGreaterThan(0)
  // Between two looks, where it has no lease that has to run out.
  await expect.poll(() => store.isSuspended(taskId), { timeout: 20_000 }).toBe(true)
  await first.kill('SIGKILL')
  await startGatewayWorker(store.url, dir, { concurrency: 1 })
  const [asked] = await openQuestions(store, taskId)
  // The worker's only place is free.
  await comesTo(await store.submit('far__echo', { message: 'meanwhile' })).toContain('meanwhile')
  await answerForm(store, { taskId, key: asked?.key ?? '', content: { interpretation: 'snake' } })
  await comesTo(taskId).toContain('Research Report: python (snake)')
  expect(everything.calls('simulate-research-query')).toHaveLength(1)
})

test('a task of the server holds nothing between two looks, shows what it says, and outlives the end of its worker', async () => {
  const server = await startTaskServer()
  const worker = await startGatewayWorker(store.url, projectOf(server.url), { concurrency: 1 })
  expect(worker.tools).toEqual(['far__work'])
  const both = [await store.submit('far__work'), await store.submit('far__work')]
  await expect.poll(() => server.made.length, { timeout: 20_000 }).toBe(2)
  for (const id of server.made) await server.taskStore.updateTaskStatus(id, 'working', 'half of it')
  const shown = async () => (await store.engine.inspect(store.principal, both[0] ?? '')).progress?.message
  await expect.poll(shown, { timeout: 20_000 }).toBe('half of it')
  await worker.close()
  await startGatewayWorker(store.url, projectOf(server.url))
  const result = { content: [{ type: 'text', text: 'all of it' }] }
  for (const id of server.made) await server.taskStore.storeTaskResult(id, 'completed', result)
  for (const taskId of both) await comesTo(taskId).toContain('all of it')
  expect(server.calls('work')).toHaveLength(2)
})

test('a task that its server has forgotten is called again where that is allowed, else somebody is asked', async () => {
  const server = await startTaskServer()
  const far = { url: server.url, expose: ['*'] }
  const mcpServers = { far, near: { ...far, tasks: { inDoubt: 'repeat' } } }
  await startGatewayWorker(store.url, writeProject({ 'mcp.json': JSON.stringify({ mcpServers }) }))
  const [asked, repeated] = [await store.submit('far__work'), await store.submit('near__work')]
  await expect.poll(() => server.count('tasks/get'), { timeout: 20_000 }).toBeGreaterThan(1)
  server.forget()
  await expect.poll(() => server.made.length, { timeout: 20_000 }).toBe(3)
  await server.taskStore.storeTaskResult(server.made[2] ?? '', 'failed', { content: [], isError: true })
  await comesTo(repeated).toContain('"isError":true')
  const [question] = await openQuestions(store, asked)
  expect(question?.key).toBe('lost-1!1')
  await answerForm(store, { taskId: asked, key: 'lost-1!1', content: { decision: 'fail' } })
  await comesTo(asked).toContain('It was decided not to do it again')
  expect(server.made).toHaveLength(3)
})

test('to cancel a task that waits cancels that of its server, whichever worker is there then; its retry asks first', async () => {
  const server = await startTaskServer()
  const first = spawnWorker(projectOf(server.url), { LONGHAUL_UPSTREAM_POLL_MIN_MS: '100' })
  await first.ready(isReady)
  const taskId = await store.submit('far__work')
  await expect.poll(() => server.count('tasks/get'), { timeout: 20_000 }).toBeGreaterThan(0)
  await first.kill('SIGKILL')
  await store.engine.cancel(store.principal, taskId)
  await startGatewayWorker(store.url, projectOf(server.url))
  const status = async () => (await server.taskStore.getTask(server.made[0] ?? ''))?.status
  await expect.poll(status, { timeout: 25_000 }).toBe('cancelled')
  const undo = undoTaskId(taskId)
  const ended = `Cancelled by request. The task ${undo} ends what it had begun elsewhere, if there is anything.`
  expect([await store.status(taskId), await store.message(taskId)]).toEqual(['cancelled', ended])
  await comesTo(undo).toContain('was told')
  const again = await store.engine.retry({ ...store.principal, scopes: ['tasks:admin'] }, taskId)
  expect((await openQuestions(store, again.id)).map(({ key }) => key)).toEqual(['call!1'])
  await answerForm(store, { taskId: again.id, key: 'call!1', content: { decision: 'repeat' } })
  await expect.poll(() => server.made.length, { timeout: 20_000 }).toBe(2)
  await store.engine.cancel(store.principal, again.id)
})
