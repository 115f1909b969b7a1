import { once } from 'node:events'
import { IDEMPOTENCY_KEY } from '@longhaul/upstream'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { answerForm, openQuestions } from '../../test/form-answers.ts'
import { startGatewayWorker } from '../../test/gateway-worker.ts'
import { writeProject } from '../../test/project.ts'
import { isReady, workerSpawner } from '../../test/spawn-worker.ts'
import { startUpstream, type Upstream } from '../../test/upstream.ts'
import { openStoreOfFile } from '../../test/worker-store.ts'

const READ_ONLY = { readOnlyHint: true }

const store = await openStoreOfFile()
let upstream: Upstream
let stopped: PromiseWithResolvers<void>
let held: PromiseWithResolvers<void>
/** What the tool `store` takes. */
let shape: Record<string, z.ZodType>
beforeEach(async () => {
  stopped = Promise.withResolvers()
  held = Promise.withResolvers()
  shape = { at: z.string() }
  upstream = await startUpstream(createServer)
})
const spawnWorker = workerSpawner(() => store.url)
afterEach(async () => {
  held.resolve()
  await upstream.stop()
})

function createServer(): McpServer {
  const server = new McpServer({ name: 'upstream', version: '1' })
  const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })
  const about = { title: 'Look', description: 'Looks.', annotations: READ_ONLY }
  server.registerTool('look', about, async ({ sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken ?? 0
    await sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress: 1, total: 2, message: 'half' },
    })
    return text('seen')
  })
  server.registerTool('wait', {}, async ({ signal }) => {
    await once(signal, 'abort')
    stopped.resolve()
    return text('never')
  })
  for (const [name, annotations] of [
    ['hold', {}],
    ['read', READ_ONLY],
  ] as const)
    server.registerTool(name, { annotations }, async () => {
      await held.promise
      return text(`${name} done`)
    })
  server.registerTool('store', { inputSchema: shape }, () => text('stored'))
  server.registerTool('hidden', {}, () => text('hidden'))
  return server
}

const project = (entry: object, files: Record<string, string> = {}) =>
  writeProject({
    ...files,
    'mcp.json': JSON.stringify({ mcpServers: { far: { url: upstream.url, expose: ['*', '!hidden'], ...entry } } }),
  })

const start = (entry: object = {}) => startGatewayWorker(store.url, project(entry))
const comesTo = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 20_000 })

test('tools that the globs select are listed as their server lists them', async () => {
  const worker = await start({ expose: ['*', '!hidden', 'lok'] })
  expect(worker.tools).toEqual(['far__look', 'far__wait', 'far__hold', 'far__read', 'far__store'])
  expect(worker.problems).toMatchObject([{ message: expect.stringContaining("'lok', which matches none"), line: 1 }])
  expect(await store.catalog.find('far__look')).toMatchObject({
    name: 'far__look',
    title: 'Look',
    description: 'Looks.',
    annotations: READ_ONLY,
    taskSupport: 'optional',
  })
})

test('a call is a task with the progress of the upstream, made again by the policy', async () => {
  await start({ tasks: { retry: { maxAttempts: 3 } } })
  upstream.refuseNext(2)
  const taskId = await store.submit('far__look')
  await comesTo(taskId).toContain('seen')
  expect(upstream.calls('look')).toHaveLength(3)
  const keys = upstream.calls('look').map(({ params }) => params?._meta?.[IDEMPOTENCY_KEY])
  expect(new Set(keys)).toEqual(new Set([`${taskId}/!run`]))
  expect((await store.engine.inspect(store.principal, taskId)).progress).toEqual({
    progress: 1,
    total: 2,
    message: 'half',
  })
  upstream.refuseNext(3)
  await comesTo(await store.submit('far__look')).toContain('refused the call')
})

test('to cancel the task stops the call at its server', async () => {
  await start()
  const taskId = await store.submit('far__wait')
  await expect.poll(() => upstream.calls('wait').length, { timeout: 20_000 }).toBe(1)
  await store.engine.cancel(store.principal, taskId)
  await stopped.promise
})

test('to retry a cancelled call that may have taken effect asks first, and makes it under the same idempotency key', async () => {
  await start()
  const taskId = await store.submit('far__hold')
  await expect.poll(() => upstream.calls('hold').length, { timeout: 20_000 }).toBe(1)
  await store.engine.cancel(store.principal, taskId)
  held.resolve()
  const again = await store.engine.retry({ ...store.principal, scopes: ['tasks:admin'] }, taskId)
  const [question] = await openQuestions(store, again.id)
  expect([question?.key, upstream.calls('hold').length]).toEqual(['call!1', 1])
  await answerForm(store, { taskId: again.id, key: 'call!1', content: { decision: 'repeat' } })
  await comesTo(again.id).toContain('hold done')
  const keys = upstream.calls('hold').map(({ params }) => params?._meta?.[IDEMPOTENCY_KEY])
  expect(keys).toEqual([`${taskId}/!run`, `${taskId}/!run`])
})

test.each(['continue', 'ask', 'fail'] as const)(
  'a call that is to be made again after its schema has changed follows the policy for code that changed: %s',
  async (onCodeChange) => {
    const entry = { tasks: { retry: { maxAttempts: 1e6, backoffMs: 50, factor: 1 } } }
    const first = await start(entry)
    upstream.refuseNext(1e6)
    const taskId = await store.submit('far__store', { at: 'home' })
    await expect.poll(() => upstream.calls('store').length, { timeout: 20_000 }).toBeGreaterThan(0)
    await store.engine.pause(store.principal, taskId)
    await expect.poll(() => store.message(taskId), { timeout: 20_000 }).toContain('Paused since')
    await first.close()
    const before = upstream.calls('store').length
    shape = { at: z.string(), until: z.string().optional() }
    upstream.refuseNext(0)
    await startGatewayWorker(store.url, project(entry), { onCodeChange, catalogGraceMs: 1 })
    await store.engine.resume(store.principal, taskId)
    if (onCodeChange === 'ask') {
      const [question] = await openQuestions(store, taskId)
      expect([question?.key, upstream.calls('store').length]).toEqual(['!code!1', before])
      await answerForm(store, { taskId, key: '!code!1', content: { decision: 'continue' } })
    }
    await comesTo(taskId).toContain(onCodeChange === 'fail' ? 'code_changed' : 'stored')
    expect(upstream.calls('store').length - before).toBe(onCodeChange === 'fail' ? 0 : 1)
  },
)

test('a call whose worker is killed is repeated where a trusted server says that it only reads; else somebody is asked', async () => {
  const first = spawnWorker(project({ trusted: true }))
  await first.ready(isReady)
  const read = await store.submit('far__read')
  const hold = await store.submit('far__hold')
  await expect.poll(() => upstream.calls('read').length + upstream.calls('hold').length, { timeout: 20_000 }).toBe(2)
  await first.kill('SIGKILL')
  held.resolve()
  await start({ trusted: true })
  await comesTo(read).toContain('read done')
  expect(upstream.calls('read')).toHaveLength(2)
  await expect.poll(() => store.status(hold), { timeout: 20_000 }).toBe('input_required')
  expect(upstream.calls('hold')).toHaveLength(1)
  const answer = { action: 'accept', content: { decision: 'repeat' } } as const
  await store.engine.answer(store.principal, { taskId: hold, key: 'call!1', reply: { kind: 'answer', answer } })
  await comesTo(hold).toContain('hold done')
})

const MARKS = `
const withText = (result, text) => ({ ...result, content: [...result.content, { type: 'text', text }] })
export default {
  name: 'marks',
  async tool({ tool, ctx }, next) {
    const run = await ctx.step('audit', () => 'audited')
    return withText(await next(), run + ' ' + tool)
  },
  remoteTool: async ({ tool }, next) => withText(await next(), 'watched ' + tool),
}
`

test('an agent calls an exposed tool as a task of its own, and any other one in a step; middleware is around both', async () => {
  const files = {
    'agents/clerk.md': '---\ndescription: A clerk.\ntools: "*"\napproval: never\n---\nYou are a clerk.\n',
    'model.yaml':
      '- { call: [{ tool: far__look }, { tool: far__hidden }] }\n- { expect: [seen, audited far__look, hidden, watched far__hidden], say: Both. }\n',
    'middleware.ts': MARKS,
  }
  const dir = project({}, files)
  await startGatewayWorker(store.url, dir, { env: { LONGHAUL_MODEL: 'scripted:model.yaml' } })
  const taskId = await store.submit('clerk', { prompt: 'Look.' })
  await comesTo(taskId).toContain('Both.')
  const below = await store.engine.inspectBelow(store.principal, taskId)
  expect(below.map(({ head }) => head.tool)).toEqual(['far__look'])
})

test('no tool is exposed without the middleware that should be around it', async () => {
  const worker = await startGatewayWorker(store.url, project({}, { 'middleware.ts': 'export default 7\n' }))
  expect(worker.tools).toEqual([])
})
