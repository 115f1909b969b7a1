import { EventLog } from '@longhaul/store'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { answerForm, openQuestions } from '../../test/form-answers.ts'
import { startGatewayWorker } from '../../test/gateway-worker.ts'
import { startModernUpstream } from '../../test/modern-upstream.ts'
import { writeProject } from '../../test/project.ts'
import { isReady, workerSpawner } from '../../test/spawn-worker.ts'
import { startUpstream } from '../../test/upstream.ts'
import { openStoreOfFile } from '../../test/worker-store.ts'

const store = await openStoreOfFile()
const spawnWorker = workerSpawner(() => store.url)

const FORM = { type: 'object' as const, properties: { name: { type: 'string' as const } }, required: ['name'] }
const comesTo = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 25_000 })
const project = (url: string, entry: object, files: Record<string, string> = {}) =>
  writeProject({ 'mcp.json': JSON.stringify({ mcpServers: { far: { url, expose: ['*'], ...entry } } }), ...files })

const questionsOf = (taskId: string) => openQuestions(store, taskId)
const say = (taskId: string, key: string, content: Record<string, string>) =>
  answerForm(store, { taskId, key, content })

/** A server of 2025 whose tools ask in the middle of their calls. */
async function startAsking(signed = Promise.withResolvers<void>()) {
  const upstream = await startUpstream(() => {
    const server = new McpServer({ name: 'asking', version: '1' })
    const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })
    server.registerTool('greet', { annotations: { idempotentHint: true } }, async () => {
      const reply = await server.server.elicitInput({ message: 'Who?', requestedSchema: FORM })
      return text(`Hello ${reply.content?.name}`)
    })
    server.registerTool('think', {}, async ({ requestId }) => {
      const content = { type: 'text' as const, text: 'What is it?' }
      const request = { messages: [{ role: 'user' as const, content }], maxTokens: 9 }
      const said = await server.server.createMessage(request, { relatedRequestId: requestId })
      return text(JSON.stringify(said.content))
    })
    server.registerTool('sign', {}, async () => {
      const { server: wire } = server
      const page = { mode: 'url' as const, message: 'Sign it.', url: 'https://sign.example/1', elicitationId: 'theirs' }
      const { action } = await wire.elicitInput(page)
      await wire.createElicitationCompletionNotifier('another')()
      await wire.createElicitationCompletionNotifier('theirs')()
      await signed.promise
      return text(action)
    })
    server.registerTool('gate', { inputSchema: { url: z.string() } }, ({ url }) => {
      throw new UrlElicitationRequiredError([{ mode: 'url', message: 'Pay first.', url, elicitationId: 'e1' }])
    })
    server.registerTool('where', {}, async () => text(JSON.stringify(await server.server.listRoots())))
    return server
  })
  onTestFinished(() => upstream.stop())
  return upstream
}

test('what a server asks in the middle of a call is a question of the task, and is asked once although the worker dies', async () => {
  const upstream = await startAsking()
  const dir = project(upstream.url, { elicitation: 'ask', trusted: true })
  const first = spawnWorker(dir)
  await first.ready(isReady)
  const taskId = await store.submit('far__greet')
  const [asked] = await questionsOf(taskId)
  expect(asked).toMatchObject({ question: { message: 'far asks: Who?', requestedSchema: FORM } })
  await first.kill('SIGKILL')
  await say(taskId, asked?.key ?? '', { name: 'Ann' })
  await startGatewayWorker(store.url, dir)
  await comesTo(taskId).toContain('Hello Ann')
  expect(upstream.calls('greet')).toHaveLength(2)
})

test('a page that a server asks for in a call is a question of the task, and that it was dealt with is passed on', async () => {
  const signed = Promise.withResolvers<void>()
  const upstream = await startAsking(signed)
  await startGatewayWorker(store.url, project(upstream.url, { elicitation: 'ask' }))
  const audience = { sampling: 'none', elicitation: true, url: true } as const
  const { principal } = store
  const { id } = await store.engine.submit({ principal, tool: 'far__sign', args: {}, audience })
  const [asked] = await questionsOf(id)
  expect(asked?.question).toMatchObject({ mode: 'url', url: 'https://sign.example/1', message: 'far asks: Sign it.' })
  const answer = { kind: 'answer', answer: { action: 'accept' } } as const
  await store.engine.answer(principal, { taskId: id, key: asked?.key ?? '', reply: answer })
  const log = new EventLog(store.connection)
  const elicited = async () => (await log.read(id, 0)).filter(({ type }) => type === 'elicited')
  await expect.poll(elicited, { timeout: 20_000 }).toMatchObject([{ elicitationId: `${id}.${asked?.key}` }])
  signed.resolve()
  await comesTo(id).toContain('accept')
})

test('pages that have to be seen before a call are passed on with its error, and a retry calls again', async () => {
  const upstream = await startAsking()
  const tasks = { retry: { maxAttempts: 3, backoffMs: 1 } }
  await startGatewayWorker(store.url, project(upstream.url, { elicitation: 'ask', tasks }))
  const url = 'https://pay.example/1'
  const taskId = await store.submit('far__gate', { url })
  const elicitations = [{ mode: 'url', message: 'Pay first.', url, elicitationId: 'e1' }]
  await comesTo(taskId).toContain(`"data":{"elicitations":${JSON.stringify(elicitations)}}`)
  expect(await store.outcome(taskId)).toMatch(/^{"kind":"error","error":{.*"code":-32042/)
  expect(upstream.calls('gate')).toHaveLength(1)
  const again = await store.engine.retry({ ...store.principal, scopes: ['tasks:admin'] }, taskId)
  await comesTo(again.id).toContain('-32042')
  expect(upstream.calls('gate')).toHaveLength(2)
  const unsafe = await store.submit('far__gate', { url: 'javascript:alert(1)' })
  await comesTo(unsafe).toMatch(/to which nobody is sent: The url must be.*"isError":true/)
})

test('pages that have to be seen before a call are an error where its entry passes nothing on', async () => {
  const upstream = await startAsking()
  await startGatewayWorker(store.url, project(upstream.url, { elicitation: 'deny' }))
  const taskId = await store.submit('far__gate', { url: 'https://pay.example/1' })
  await comesTo(taskId).toMatch(/is not passed on.*"isError":true/)
})

test('a call that is held open waits for an answer as long as a setting says, and then hears why there is none', async () => {
  const upstream = await startAsking()
  await startGatewayWorker(store.url, project(upstream.url, { elicitation: 'ask' }), { upstreamAskHoldMs: 200 })
  await comesTo(await store.submit('far__greet')).toContain('Nobody answered before the deadline')
})

test('a server that may ask nothing is told so, and is told its roots', async () => {
  const upstream = await startAsking()
  await startGatewayWorker(store.url, project(upstream.url, { roots: ['data'] }))
  await comesTo(await store.submit('far__greet')).toContain('Client does not support form elicitation')
  await comesTo(await store.submit('far__think')).toContain('sampling/createMessage is not passed on')
  await comesTo(await store.submit('far__where')).toMatch(/file:\/\/.*\/data/)
})

test('a person sees what a server wants to ask the model, changes it, and the model answers', async () => {
  const upstream = await startAsking()
  const files = { 'model.yaml': '- { expect: [What is that], say: A cup. }\n' }
  const env = { LONGHAUL_MODEL: 'scripted:model.yaml' }
  await startGatewayWorker(store.url, project(upstream.url, { sampling: 'ask' }, files), { env })
  const taskId = await store.submit('far__think')
  const [asked] = await questionsOf(taskId)
  expect(asked).toMatchObject({ question: { message: expect.stringContaining('user: What is it?') } })
  await say(taskId, asked?.key ?? '', { decision: 'allow', text: 'What is that?' })
  await comesTo(taskId).toContain('A cup.')
  const other = await store.submit('far__think')
  const [again] = await questionsOf(other)
  await say(other, again?.key ?? '', { decision: 'deny' })
  await comesTo(other).toContain('did not allow')
})

test('a server of 2026 asks in rounds of its call, or in its task, and nothing is held', async () => {
  const upstream = await startModernUpstream()
  onTestFinished(() => upstream.stop())
  await startGatewayWorker(store.url, project(upstream.url, { elicitation: 'ask' }), { concurrency: 1 })
  const greeted = await store.submit('far__greet')
  const worked = await store.submit('far__work')
  for (const taskId of [greeted, worked]) {
    const [asked] = await questionsOf(taskId)
    // The worker's only place is free while both are asked.
    await say(taskId, asked?.key ?? '', { name: 'Ann' })
    await comesTo(taskId).toContain('Hello Ann')
  }
  expect(upstream.count('tools/call')).toBe(3)
  expect(upstream.count('tasks/update')).toBe(1)
})

test('a server of 2026 that may not ask ends with the reason, and its task is cancelled', async () => {
  const upstream = await startModernUpstream()
  onTestFinished(() => upstream.stop())
  await startGatewayWorker(store.url, project(upstream.url, {}))
  for (const tool of ['far__greet', 'far__work'])
    await comesTo(await store.submit(tool)).toContain('it was refused what it asked')
  expect(upstream.statuses()).toEqual(['cancelled'])
})

test('to cancel a task that asks cancels that of a server of 2026', async () => {
  const upstream = await startModernUpstream()
  onTestFinished(() => upstream.stop())
  await startGatewayWorker(store.url, project(upstream.url, { elicitation: 'ask' }))
  const taskId = await store.submit('far__work')
  await questionsOf(taskId)
  await store.engine.cancel(store.principal, taskId)
  await expect.poll(() => upstream.statuses(), { timeout: 20_000 }).toEqual(['cancelled'])
})
