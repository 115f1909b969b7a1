import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { expect, onTestFinished, test } from 'vitest'
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
async function startAsking() {
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
