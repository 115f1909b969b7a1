import type { CallToolResult, InitializeResult, ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import { answers, asks, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { submit, UNKNOWN_TASK } from './tasks.ts'

const OLDER = ['2025-06-18', '2025-03-26', '2024-11-05']

/** What each revision knows, and what it must not be told. */
export function revisions(world: World): void {
  test('promises tasks for calls, with lists and cancelling, and what else it serves [T1 T2 F23]', async () => {
    const { initialized } = await WireSession.open(world)
    expect(initialized.result).toEqual({
      protocolVersion: '2025-11-25',
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
        tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
      },
      serverInfo: { name: 'longhaul', version: expect.any(String) },
    })
  })

  test.each(OLDER)('agrees to %s, and promises no tasks there [T7 R19]', async (version) => {
    const { initialized } = await WireSession.open(world, { version })
    expect(initialized.result).toMatchObject({
      protocolVersion: version,
      capabilities: { tools: { listChanged: true }, prompts: {}, resources: {}, logging: {} },
    })
    expect((initialized.result as InitializeResult).capabilities).not.toHaveProperty('tasks')
  })

  test.each(['2026-07-28', '1.0', '2024-10-07', ''])(
    'offers its newest revision to a client that asks for %j [R19]',
    async (version) => {
      const { initialized } = await WireSession.open(world, { version })
      expect(initialized.result).toMatchObject({ protocolVersion: '2025-11-25' })
    },
  )

  test.each(OLDER)('has no methods of tasks on %s [T8 F23]', async (version) => {
    const session = await WireSession.open(world, { version })
    for (const method of ['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel']) {
      expect((await session.error(method, { taskId: UNKNOWN_TASK })).code).toBe(-32601)
    }
  })

  test.each([
    {
      version: '2025-11-25',
      members: ['annotations', 'description', 'execution', 'inputSchema', 'name', 'outputSchema', 'title'],
    },
    { version: '2025-06-18', members: ['annotations', 'description', 'inputSchema', 'name', 'outputSchema', 'title'] },
    { version: '2025-03-26', members: ['annotations', 'description', 'inputSchema', 'name'] },
    { version: '2024-11-05', members: ['description', 'inputSchema', 'name'] },
  ])('lists a tool with $members on $version [T6 F8 F9 F11]', async ({ version, members }) => {
    const session = await WireSession.open(world, { version })
    const { tools } = await session.result<ListToolsResult>('tools/list')
    const add = tools.find(({ name }) => name === 'add')
    expect(Object.keys(add ?? {}).sort()).toEqual(members)
    expect(add?.inputSchema).toMatchObject({ type: 'object', required: ['a', 'b'] })
    if (members.includes('execution')) expect(add?.execution).toEqual({ taskSupport: 'optional' })
  })

  test('lists all tools in the same order everywhere, those of upstream servers left out [F4]', async () => {
    const session = await WireSession.open(world)
    const names = await Promise.all(
      ([0, 1] as const).map(async (at) =>
        (await session.result<ListToolsResult>('tools/list', {}, { at })).tools.map(({ name }) => name),
      ),
    )
    expect(names[0]).toEqual(names[1])
    expect(names[0]).toEqual([
      'add',
      'announce',
      'ask_client',
      'ask_first',
      'calculator',
      'confirm',
      'connect',
      'courier',
      'delegate',
      'deliver',
      'divide',
      'fails',
      'gallery',
      'greet',
      'impatient',
      'librarian',
      'log',
      'only_as_task',
      'page_done',
      'poet',
      'progress',
      'protocol_error',
      'route',
      'slow',
      'survey',
      'two_questions',
      'whence',
    ])
  })

  test.each([
    { version: '2025-11-25', types: ['text', 'image', 'audio', 'resource_link', 'resource'], isStructured: true },
    { version: '2025-06-18', types: ['text', 'image', 'audio', 'resource_link', 'resource'], isStructured: true },
    { version: '2025-03-26', types: ['text', 'image', 'audio', 'text', 'resource'], isStructured: false },
    { version: '2024-11-05', types: ['text', 'image', 'text', 'text', 'resource'], isStructured: false },
  ])('gives a result as $types on $version [F11]', async ({ version, types, isStructured }) => {
    const session = await WireSession.open(world, { version })
    const result = await session.result<CallToolResult>('tools/call', { name: 'gallery', arguments: {} })
    expect(result.content.map(({ type }) => type)).toEqual(types)
    expect('structuredContent' in result).toBe(isStructured)
  })

  test.each([
    { version: '2025-06-18', hasMessage: true },
    { version: '2024-11-05', hasMessage: false },
  ])('tells progress with a message: $hasMessage on $version [F20]', async ({ version, hasMessage }) => {
    const session = await WireSession.open(world, { version })
    const params = { name: 'progress', arguments: { to: 1, everyMs: 20 }, _meta: { progressToken: 'p' } }
    const stream = await session.stream('tools/call', params, { id: 'call' })
    await stream.next(answers('call'))
    const told = stream.messages.find(notifies('notifications/progress'))
    expect(told?.params).toEqual({
      progressToken: 'p',
      progress: 1,
      total: 1,
      ...(hasMessage && { message: 'counted 1' }),
    })
  })

  test('shows a form on 2025-06-18, without mode and without related-task metadata [P21]', async () => {
    const session = await WireSession.open(world, { version: '2025-06-18' })
    const stream = await session.stream('tools/call', { name: 'confirm', arguments: { filename: 'a' } }, { id: 'call' })
    const question = await stream.next(asks('elicitation/create'))
    expect(Object.keys(question.params ?? {}).sort()).toEqual(['message', 'requestedSchema'])
    await session.answer(question, { action: 'accept', content: { confirm: true } })
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('names titled choices as 2025-06-18 does [P21]', async () => {
    const session = await WireSession.open(world, { version: '2025-06-18' })
    const stream = await session.stream('tools/call', { name: 'survey', arguments: {} }, { id: 'call' })
    const question = await stream.next(asks('elicitation/create'))
    expect(question.params?.requestedSchema).toMatchObject({
      properties: { grade: { type: 'string', enum: ['a', 'b'], enumNames: ['Good', 'Fair'] } },
    })
    await session.answer(question, { action: 'accept', content: { mail: 'a@b.org', days: ['Tue'], grade: 'b' } })
    await stream.next(answers('call'))
  })

  test.each(['2025-03-26', '2024-11-05'])(
    'shows no form on %s, which has none, whatever the client declares [P21]',
    async (version) => {
      const session = await WireSession.open(world, { version })
      const result = await session.result<CallToolResult>('tools/call', {
        name: 'confirm',
        arguments: { filename: 'a' },
      })
      expect(result.isError).toBe(true)
    },
  )

  test.each(OLDER)('gives no tools to the model of a client of %s [P1 P10]', async (version) => {
    const session = await WireSession.open(world, { version })
    const error = await session.error('tools/call', { name: 'calculator', arguments: { prompt: 'hi' } })
    expect(error).toMatchObject({ code: -32602, data: { capability: 'sampling.tools' } })
  })

  test('asks the model of an older client with one block a message [P10]', async () => {
    const session = await WireSession.open(world, { version: '2025-06-18', capabilities: { sampling: {} } })
    const stream = await session.stream('tools/call', { name: 'poet', arguments: { prompt: 'rain' } }, { id: 'call' })
    const question = await stream.next(asks('sampling/createMessage'))
    expect(question.params).toEqual({
      systemPrompt: 'You are a poet.',
      maxTokens: 8192,
      messages: [{ role: 'user', content: { type: 'text', text: 'rain' } }],
    })
    await session.answer(question, { model: 'm', role: 'assistant', content: { type: 'text', text: 'drip' } })
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'drip' }] })
  })

  test('says nothing of tasks on the session stream of an older client [T39]', async () => {
    const session = await WireSession.open(world, { version: '2025-06-18' })
    const listening = await session.listen()
    const stream = await session.stream('tools/call', { name: 'confirm', arguments: { filename: 'a' } }, { id: 'call' })
    const question = await Promise.any([listening, stream].map((one) => one.next(asks('elicitation/create'))))
    await session.answer(question, { action: 'decline' })
    await stream.next(answers('call'))
    expect(listening.messages.filter(({ method }) => method !== 'elicitation/create')).toEqual([])
    await listening.cut()
  })

  test('answers a ping at once [R20]', async () => {
    const session = await WireSession.open(world)
    expect((await session.ask('ping', undefined, { id: 'p' })).text).toBe('{"jsonrpc":"2.0","id":"p","result":{}}')
    await submit(session, 'divide', { a: 1, b: 1 })
  })
}
