import { expect, test } from 'vitest'
import type { WireMessage } from '../message.ts'
import { ABLE, WireSession } from '../wire-session.ts'
import { answers, asks, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { getTask, RELATED_TASK, resultOf, submit } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }

/** The questions that a task asks its client: elicitation and sampling. */
export function sideChannel(world: World): void {
  test("asks as the schema says, marked as the task's, only what was declared [T26 T27 P21 P22]", async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'survey')
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))

    expect(question.params).toEqual({
      message: 'Please fill in.',
      requestedSchema: {
        type: 'object',
        properties: {
          mail: { type: 'string', format: 'email', title: 'E-mail', minLength: 3, maxLength: 80 },
          age: { type: 'integer', minimum: 0, maximum: 150 },
          weight: { type: 'number', default: 70.5 },
          news: { type: 'boolean', default: false },
          size: { type: 'string', enum: ['S', 'M', 'L'] },
          grade: {
            type: 'string',
            oneOf: [
              { const: 'a', title: 'Good' },
              { const: 'b', title: 'Fair' },
            ],
          },
          days: { type: 'array', items: { type: 'string', enum: ['Mon', 'Tue'] }, minItems: 1, maxItems: 2 },
        },
        required: ['mail', 'days'],
      },
      _meta: { [RELATED_TASK]: { taskId } },
    })
    const content = { mail: 'ann@example.org', days: ['Mon'] }
    await session.answer(question, { action: 'accept', content, _meta: question.params?._meta })
    expect((await stream.next(answers('wait'))).result).toMatchObject({
      content: [{ text: JSON.stringify({ action: 'accept', content }) }],
    })
  })

  test.each(['decline', 'cancel'])('tells the tool when a person chooses to %s [P27]', async (action) => {
    const session = await WireSession.open(world)
    const stream = await session.stream('tools/call', { name: 'confirm', arguments: { filename: 'a' } }, { id: 'call' })
    await session.answer(await stream.next(asks('elicitation/create')), { action })
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: `kept a: ${action}` }] })
  })

  test.each([
    { what: 'content that breaks the form', result: { action: 'accept', content: { confirm: 'yes' } } },
    { what: 'no content', result: { action: 'accept' } },
    { what: 'an action that does not exist', result: { action: 'maybe' } },
  ])('asks again under a new id when the answer has $what [P27 T32]', async ({ result }) => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const first = await stream.next(asks('elicitation/create'))
    expect((await session.answer(first, result)).status).toBe(400)

    const second = await stream.next((message) => asks('elicitation/create')(message) && message.id !== first.id)
    expect(second.params).toEqual(first.params)
    await session.answer(second, YES)
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('fails the question when the client refuses it with an error [P11]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    await session.refuse(await stream.next(asks('elicitation/create')), { code: -32601, message: 'No forms today' })
    expect((await stream.next(answers('wait'))).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('No forms today') }],
    })
  })

  test('stays input_required until the last of several questions is answered, in any order [T26]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'two_questions')
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const about = (words: string) => (message: WireMessage) => message.params?.message === words
    const [name, color] = await Promise.all(['Your name?', 'Your color?'].map((words) => stream.next(about(words))))

    await session.answer(color ?? {}, { action: 'accept', content: { color: 'blue' } })
    expect((await getTask(session, taskId)).status).toBe('input_required')
    await session.answer(name ?? {}, { action: 'accept', content: { name: 'Ann' } })
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'Ann likes blue' }] })
  })

  test('shows each question on exactly one of all open streams [T28 T29 R14]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'two_questions')
    const listening = await session.listen({ at: 0 })
    const streams = [
      listening,
      await session.stream('tasks/result', { taskId }, { id: 'r1', at: 0 }),
      await session.stream('tasks/result', { taskId }, { id: 'r2', at: 1 }),
    ]
    const shown = () => streams.flatMap(({ messages }) => messages.filter(asks('elicitation/create')))
    await Promise.any(streams.map((one) => one.next((message) => message.params?.message === 'Your name?')))
    await Promise.any(streams.map((one) => one.next((message) => message.params?.message === 'Your color?')))
    for (const question of shown()) {
      await session.answer(question, { action: 'accept', content: { name: 'Ann', color: 'red' } })
    }
    await listening.next(notifies('notifications/tasks/status', 'status', 'completed'))
    expect(
      shown()
        .map(({ params }) => params?.message)
        .sort(),
    ).toEqual(['Your color?', 'Your name?'])
    await listening.cut()
  })

  test('takes an answer at the other coordinator, after the stream that asked is gone [T30]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    const stream = await session.stream('tasks/result', { taskId }, { at: 0 })
    const question = await stream.next(asks('elicitation/create'))
    await stream.cut()

    const reply = await session.answer(question, YES, { at: 1 })
    expect({ status: reply.status, text: reply.text }).toEqual({ status: 202, text: '' })
    expect((await resultOf(session, taskId)).content).toEqual([{ type: 'text', text: 'deleted a' }])
  })

  test('shows a question again under a new id where the stream before broke; any showing can be answered, once [T31 T32]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    const first = await session.stream('tasks/result', { taskId }, { at: 0 })
    const old = await first.next(asks('elicitation/create'))
    await first.cut()
    const second = await session.stream('tasks/result', { taskId }, { id: 'wait', at: 1 })
    const renewed = await second.next(asks('elicitation/create'))

    expect(renewed.id).not.toBe(old.id)
    expect(renewed.params).toEqual(old.params)
    expect((await session.answer(old, YES)).status).toBe(202)
    expect((await session.answer(renewed, { action: 'decline' })).status).toBe(202)
    expect((await second.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('asks a client that only polls, on its session stream [T28]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    const waiting = await session.stream('tasks/result', { taskId })
    await waiting.next(asks('elicitation/create'))
    await waiting.cut()

    const listening = await session.listen()
    let question: WireMessage | undefined
    void listening.next(asks('elicitation/create')).then((message) => {
      question = message
    })
    await expect.poll(async () => (await getTask(session, taskId)).status === 'input_required' && question).toBeTruthy()
    await session.answer(question ?? {}, YES)
    await listening.next(notifies('notifications/tasks/status', 'status', 'completed'))
    await listening.cut()
  })

  test('does not care about answers to questions that never were [R20a]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    for (const id of [1, 'x', `${taskId}.nothing.1`, `${taskId}.elicit1.99`]) {
      expect((await session.answer({ id }, { ok: true })).status).toBe(202)
    }
  })

  test("works out a sum with the client's model and two tools [P1 P2 P3 P4 P5 P6 P7 P8 P9 T27 F7]", async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'calculator', { prompt: 'What is 1+2, and 1/0?' })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const turn = (number: number) => (message: WireMessage) =>
      asks('sampling/createMessage')(message) && Object(message.params).messages.length === 2 * number - 1

    const first = await stream.next(turn(1))
    const schema = {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    }
    const { tools, ...rest } = first.params ?? {}
    expect(rest).toEqual({
      systemPrompt: 'You are a calculator. Use the tools for every sum.',
      maxTokens: 500,
      messages: [{ role: 'user', content: { type: 'text', text: 'What is 1+2, and 1/0?' } }],
      _meta: { [RELATED_TASK]: { taskId } },
    })
    expect(tools).toMatchObject([
      { name: 'add', title: 'Add', description: 'Adds two numbers.', inputSchema: schema },
      { name: 'divide', description: 'Divides two numbers.', inputSchema: schema },
    ])
    const calls = [
      { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 }, _meta: { 'example.org/kept': true } },
      { type: 'tool_use', id: 'c1', name: 'divide', input: { a: 1, b: 0 } },
    ]
    const say = (request: WireMessage, content: unknown, stopReason: string) =>
      session.answer(request, { model: 'm', role: 'assistant', stopReason, content })
    await say(first, calls, 'toolUse')

    const second = await stream.next(turn(2))
    expect(second.params?.messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'What is 1+2, and 1/0?' } },
      { role: 'assistant', content: calls },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            toolUseId: 'c0',
            content: [{ type: 'text', text: '{"sum":3}' }],
            structuredContent: { sum: 3 },
          },
          {
            type: 'tool_result',
            toolUseId: 'c1',
            content: [{ type: 'text', text: 'Nothing can be divided by zero.' }],
            isError: true,
          },
        ],
      },
    ])
    await say(second, { type: 'tool_use', id: 'c0', name: 'add', input: { a: 0, b: 0 } }, 'toolUse')
    const third = await stream.next(turn(3))
    await say(third, [{ type: 'tool_use', id: 'd', name: 'no_such_tool', input: {} }], 'toolUse')

    // The fourth turn is the last that the agent may take.
    const last = await stream.next(turn(4))
    expect(last.params?.toolChoice).toEqual({ mode: 'none' })
    await say(last, { type: 'text', text: '3, and nothing' }, 'endTurn')
    const { result } = await stream.next(answers('wait'))
    expect(result).toMatchObject({
      content: [{ type: 'text', text: expect.stringContaining('3, and nothing') }],
      _meta: { 'dev.longhaul/agent': { turns: 4 } },
    })
  })

  test('asks the model again when its answer has two calls of one id [P2 P11]', async () => {
    const session = await WireSession.open(world)
    const stream = await session.stream(
      'tools/call',
      { name: 'calculator', arguments: { prompt: 'hi' } },
      { id: 'call' },
    )
    const first = await stream.next(asks('sampling/createMessage'))
    const call = { type: 'tool_use', id: 'same', name: 'add', input: { a: 1, b: 1 } }
    const { status } = await session.answer(first, {
      model: 'm',
      role: 'assistant',
      content: [call, call],
      stopReason: 'toolUse',
    })
    expect(status).toBe(400)
    const again = await stream.next((message) => asks('sampling/createMessage')(message) && message.id !== first.id)
    await session.answer(again, {
      model: 'm',
      role: 'assistant',
      content: { type: 'text', text: 'two' },
      stopReason: 'endTurn',
    })
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'two' }] })
  })

  test('lets the call fail when the person at the client rejects the sampling [P11]', async () => {
    const session = await WireSession.open(world)
    const stream = await session.stream(
      'tools/call',
      { name: 'calculator', arguments: { prompt: 'hi' } },
      { id: 'call' },
    )
    await session.refuse(await stream.next(asks('sampling/createMessage')), { code: -1, message: 'Not today' })
    const { result } = await stream.next(answers('call'))
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('rejected') }] })
  })

  test("gives the caller's model the tools of an upstream server [P7]", async () => {
    const session = await WireSession.open(world)
    const stream = await session.stream(
      'tools/call',
      { name: 'librarian', arguments: { prompt: 'garden?' } },
      { id: 'call' },
    )
    const first = await stream.next(asks('sampling/createMessage'))
    expect(first.params?.tools).toMatchObject([{ name: 'notes__read' }])
    expect(first.params).not.toHaveProperty('_meta')
    const call = { type: 'tool_use', id: 'n', name: 'notes__read', input: { title: 'garden' } }
    await session.answer(first, { model: 'm', role: 'assistant', content: [call], stopReason: 'toolUse' })
    const second = await stream.next((message) => asks('sampling/createMessage')(message) && message.id !== first.id)
    expect(JSON.stringify(second.params?.messages)).toContain('water the plants')
    await session.answer(second, {
      model: 'm',
      role: 'assistant',
      content: { type: 'text', text: 'Water.' },
      stopReason: 'endTurn',
    })
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'Water.' }] })
  })

  test.each([
    { capabilities: {}, tool: 'calculator' },
    { capabilities: { sampling: {} }, tool: 'calculator' },
    { capabilities: { elicitation: {} }, tool: 'librarian' },
  ])('refuses $tool to a client that declared only $capabilities [P1]', async ({ capabilities, tool }) => {
    const session = await WireSession.open(world, { capabilities })
    const error = await session.error('tools/call', { name: tool, arguments: { prompt: 'hi' }, task: {} })
    expect(error).toMatchObject({ code: -32602, data: { tool, capability: 'sampling.tools' } })
  })

  test.each([{}, { sampling: {} }, { elicitation: { url: {} } }])(
    'asks nothing of a client that declared only %j [P21]',
    async (capabilities) => {
      const session = await WireSession.open(world, { capabilities })
      const listening = await session.listen()
      const { taskId } = await submit(session, 'confirm', { filename: 'a' })
      const result = await resultOf(session, taskId)
      expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('elicitation') }] })
      expect(listening.messages.filter(asks('elicitation/create'))).toEqual([])
      await listening.cut()
    },
  )

  test('shows a question only in a session that can answer it [P21 T28]', async () => {
    const asker = await WireSession.open(world, { capabilities: ABLE })
    const { taskId } = await submit(asker, 'confirm', { filename: 'a' })
    const mute = await WireSession.open(world, { capabilities: {} })
    const silent = await mute.stream('tasks/result', { taskId }, { id: 'mute' })
    await getTask(mute, taskId)
    const stream = await asker.stream('tasks/result', { taskId }, { id: 'wait' })
    await asker.answer(await stream.next(asks('elicitation/create')), YES)
    await silent.next(answers('mute'))
    expect(silent.messages.filter(asks('elicitation/create'))).toEqual([])
  })
}
