import type { CatalogEntry, JsonObject, Outcome } from '@longhaul/task'
import { findKeyLeaks, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'
import { ModernClient } from '../../test/modern-client.ts'

const ICON = { src: 'https://example.com/i.png', mimeType: 'image/png' }
const exposed = (entry: Partial<CatalogEntry> & { name: string }) => ({
  description: '',
  inputSchema: { type: 'object' },
  taskSupport: 'forbidden' as const,
  ...entry,
})
const LISTED = [
  exposed({
    name: 'prompt:review',
    description: 'Reviews.',
    title: 'Review',
    icons: [ICON],
    inputSchema: { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] },
    as: {
      kind: 'prompt',
      name: 'review',
      arguments: [
        { name: 'of', title: 'Of', required: true },
        { name: 'tone', values: ['Polite', 'plain', 'rude'] },
      ],
    },
  }),
  exposed({ name: 'completion:prompt:review', as: { kind: 'completion', of: ['of'] } }),
  exposed({
    name: 'resource:notes://today',
    as: { kind: 'resource', uri: 'notes://today', name: 'today', mimeType: 'text/plain' },
  }),
  exposed({
    name: 'template:notes://{day}/text',
    as: {
      kind: 'template',
      uriTemplate: 'notes://{day}/text',
      name: 'a day',
      variables: [{ name: 'day', values: ['monday', 'tuesday'] }],
    },
  }),
]

let store: TestStore
let worker: TestWorker
let coordinator: TestCoordinator
let session: TestSession
let client: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  await worker.announce(LISTED)
  coordinator = await openCoordinator(store.url)
  session = await coordinator.initialize({ capabilities: { elicitation: {} } })
  client = new ModernClient(coordinator.address)
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})
afterEach(async () => expect(await findKeyLeaks(store.url)).toEqual([]))

const gives = (structuredContent: JsonObject): Outcome => ({
  kind: 'result',
  result: { content: [], structuredContent },
})
const MESSAGES = { messages: [{ role: 'user', content: { type: 'text', text: 'Review it.' } }] }
const GET = { name: 'review', arguments: { of: 'it' } }

describe('lists', () => {
  test('say what there is in the words of each revision [F11 F19]', async () => {
    const prompt = { name: 'review', description: 'Reviews.' }
    const args = [{ name: 'of', required: true }, { name: 'tone' }]
    expect((await session.request('prompts/list')).body.result).toEqual({
      prompts: [{ ...prompt, title: 'Review', icons: [ICON], arguments: [{ ...args[0], title: 'Of' }, args[1]] }],
    })
    const older = await coordinator.initialize({ protocolVersion: '2025-03-26' })
    expect((await older.request('prompts/list')).body.result.prompts).toEqual([{ ...prompt, arguments: args }])
    expect((await client.ask('prompts/list')).body.result).toMatchObject({
      resultType: 'complete',
      ttlMs: 30_000,
      cacheScope: 'private',
      prompts: [{ ...prompt, icons: [ICON] }],
    })
    const resources = [{ uri: 'notes://today', name: 'today', mimeType: 'text/plain' }]
    expect((await session.request('resources/list')).body.result).toEqual({ resources })
    expect((await client.ask('resources/list')).body.result.resources).toEqual(resources)
    const resourceTemplates = [{ uriTemplate: 'notes://{day}/text', name: 'a day' }]
    const ofProject = ({ uriTemplate }: { uriTemplate: string }) => uriTemplate.startsWith('notes:')
    const listed = (await session.request('resources/templates/list')).body.result.resourceTemplates
    expect(listed.filter(ofProject)).toEqual(resourceTemplates)
    expect((await client.ask('resources/templates/list')).body.result.resourceTemplates).toEqual(listed)
  })

  test('have no tool in them, and the list of tools has nothing else', async () => {
    const { body } = await session.request('tools/list')
    expect(body.result.tools.map(({ name }: { name: string }) => name)).not.toContain('prompt:review')
    const unknown = { code: -32602, message: 'Unknown tool: prompt:review' }
    const call = { name: 'prompt:review', arguments: { of: 'it' } }
    expect((await session.request('tools/call', call)).body.error).toEqual(unknown)
    expect((await session.request('tools/call', { ...call, task: {} })).body.error).toEqual(unknown)
    expect((await client.ask('tools/call', call)).body.error).toEqual(unknown)
  })

  test('come in pages, whose cursors are good at any coordinator [F19]', async () => {
    await worker.announce([
      ...LISTED,
      exposed({ name: 'prompt:zoom', as: { kind: 'prompt', name: 'zoom', arguments: [] } }),
    ])
    const small = await openCoordinator(store.url, { catalogPageSize: 1 })
    const { body } = await new ModernClient(small.address).ask('prompts/list')
    expect(body.result.prompts).toHaveLength(1)
    const { nextCursor: cursor } = body.result
    const second = await session.request('prompts/list', { cursor })
    expect(second.body.result).toEqual({ prompts: [{ name: 'zoom' }] })
    expect((await client.ask('prompts/list', { cursor: 'x' })).body.error.code).toBe(-32602)
    await small.close()
    await worker.announce(LISTED)
  })
})

describe('a prompt', () => {
  test('is what its task comes to, which is in no list of tasks', async () => {
    for (const open of [() => session.stream('get', 'prompts/get', GET), () => client.stream('prompts/get', GET)]) {
      const stream = await open()
      await worker.finish(await worker.served(), gives({ description: 'd', ...MESSAGES }))
      expect((await stream.nextMessage()).message.result).toMatchObject({ description: 'd', ...MESSAGES })
    }
    expect((await session.request('tasks/list')).body.result.tasks).toEqual([])
  })

  test('asks its client, in rounds or on the stream, before it is there [P14]', async () => {
    const stream = await session.stream('asks', 'prompts/get', GET)
    await worker.ask(await worker.served(), { key: 'who', question: FORM })
    const { message } = await stream.nextMessage('elicitation/create')
    const taskId = message.id.split('.')[0]
    await session.send({ id: message.id, result: { action: 'accept', content: { ok: true } } })
    await worker.finish(taskId, gives(MESSAGES))
    expect((await stream.nextMessage()).message.result).toEqual(MESSAGES)

    const capabilities = { elicitation: {} }
    const first = await client.stream('prompts/get', GET, { capabilities })
    const asking = await worker.served()
    await worker.ask(asking, { key: 'who', question: FORM })
    const { result } = (await first.nextMessage()).message
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { who: {} } })
    const inputResponses = { who: { action: 'accept', content: { ok: true } } }
    const params = { ...GET, inputResponses, requestState: result.requestState }
    const second = await client.stream('prompts/get', params, { capabilities })
    expect(await worker.served()).toBe(asking)
    await worker.finish(asking, gives(MESSAGES))
    expect((await second.nextMessage()).message.result).toMatchObject({ resultType: 'complete', ...MESSAGES })
    const other = { ...params, arguments: { of: 'other' } }
    expect((await client.ask('prompts/get', other, { capabilities })).body.error.code).toBe(-32602)
  })

  test.each([
    [{ name: 'none' }, 'Unknown prompt: none'],
    [{ name: 'review' }, "Invalid arguments for prompt 'review': the value must have required property 'of'."],
    [{ name: 'review', arguments: { of: 1 } }, 'expected string'],
  ])('%j is refused [F18]', async (params, message) => {
    for (const { body } of [await session.request('prompts/get', params), await client.ask('prompts/get', params)]) {
      expect(body.error).toMatchObject({ code: -32602, message: expect.stringContaining(message) })
    }
  })

  test('that fails is an error, not a prompt', async () => {
    for (const open of [() => session.stream('fails', 'prompts/get', GET), () => client.stream('prompts/get', GET)]) {
      const stream = await open()
      const content = [{ type: 'text' as const, text: 'no such file' }]
      await worker.finish(await worker.served(), { kind: 'result', result: { content, isError: true } })
      expect((await stream.nextMessage()).message.error).toEqual({ code: -32603, message: 'no such file' })
    }
  })

  test('is given up when its client without a session closes the request [R27]', async () => {
    const stream = await client.stream('prompts/get', GET)
    const taskId = await worker.served()
    const { ledger } = await worker.claim(taskId)
    stream.leave()
    await expect.poll(() => ledger.save({ entries: [], waits: [] }), { timeout: 10_000 }).toEqual({ kind: 'stale' })
  })
})

describe('a resource', () => {
  const contents = [{ uri: 'notes://today', text: 'x' }]

  test('is read by what defines it, a template with the values of its variables [F16]', async () => {
    const stream = await session.stream('read', 'resources/read', { uri: 'notes://a%20b/text' })
    const taskId = await worker.served()
    const { args, ledger } = await worker.claim(taskId)
    expect(args).toEqual({ uri: 'notes://a%20b/text', variables: { day: 'a b' } })
    await ledger.finish({ entries: [], waits: [], outcome: gives({ contents }) })
    expect((await stream.nextMessage()).message.result).toEqual({ contents })

    const modern = await client.stream('resources/read', { uri: 'notes://today' })
    await worker.finish(await worker.served(), gives({ contents }))
    expect((await modern.nextMessage()).message.result).toMatchObject({ contents, ttlMs: 0, cacheScope: 'private' })
  })

  test('that there is not has a code of its own in the older era, and never empty contents [F16]', async () => {
    for (const uri of ['notes://no/such/one', 'x', `notes://${'y'.repeat(10_000)}`]) {
      const { error } = (await session.request('resources/read', { uri })).body
      expect(error).toMatchObject({ code: -32002 })
      expect((await client.ask('resources/read', { uri })).body.error).toEqual({ ...error, code: -32602 })
    }
    const uri = 'notes://never/text'
    for (const [open, code] of [
      [() => session.stream('none', 'resources/read', { uri }), -32002],
      [() => client.stream('resources/read', { uri }), -32602],
    ] as const) {
      const stream = await open()
      await worker.finish(await worker.served(), gives({ contents: [] }))
      expect((await stream.nextMessage()).message.error).toMatchObject({ code, data: { uri } })
    }
  })
})

describe('completion', () => {
  const ask = (argument: object, ref: object = { type: 'ref/prompt', name: 'review' }) => ({ ref, argument })

  test('offers the values that are listed and begin with what was typed [F18]', async () => {
    const params = ask({ name: 'tone', value: 'P' })
    const completion = { values: ['Polite', 'plain'], total: 2, hasMore: false }
    expect((await session.request('completion/complete', params)).body.result).toEqual({ completion })
    expect((await client.ask('completion/complete', params)).body.result).toMatchObject({
      resultType: 'complete',
      completion,
    })
    const ref = { type: 'ref/resource', uri: 'notes://{day}/text' }
    const { body } = await session.request('completion/complete', ask({ name: 'day', value: 't' }, ref))
    expect(body.result.completion.values).toEqual(['tuesday'])
  })

  test('asks the function of the project, and passes on 100 values at the most', async () => {
    const params = { ...ask({ name: 'of', value: 'v' }), context: { arguments: { tone: 'rude' } } }
    const asked = session.request('completion/complete', params)
    const { args, ledger } = await worker.claim(await worker.served())
    expect(args).toEqual({ argument: { name: 'of', value: 'v' }, context: { tone: 'rude' } })
    const values = Array.from({ length: 150 }, (_, place) => `v${place}`)
    await ledger.finish({ entries: [], waits: [], outcome: gives({ values }) })
    const { completion } = (await asked).body.result
    expect(completion).toEqual({ values: values.slice(0, 100), total: 150, hasMore: true })
  })

  test('offers nothing when that takes too long, and gives it up', async () => {
    const hasty = await openCoordinator(store.url, { completionWaitMs: 50 })
    const { body } = await new ModernClient(hasty.address).ask('completion/complete', ask({ name: 'of', value: '' }))
    expect(body.result.completion).toEqual({ values: [], total: 0, hasMore: false })
    await hasty.close()
  })

  test.each([
    [ask({ name: 'none', value: '' })],
    [ask({ name: 'of', value: '' }, { type: 'ref/prompt', name: 'none' })],
    [ask({ name: 'of', value: '' }, { type: 'ref/resource', uri: 'none://{of}' })],
    [ask({ name: 'of', value: '' }, { type: 'ref/what' })],
    [ask({ name: 'of', value: 1 })],
  ])('%j is refused [F18]', async (params) => {
    expect((await session.request('completion/complete', params)).body.error.code).toBe(-32602)
    expect((await client.ask('completion/complete', params)).body.error.code).toBe(-32602)
  })
})
