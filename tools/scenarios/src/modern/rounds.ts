import { expect, test } from 'vitest'
import { ABLE, ASKABLE, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { type ModernTask, type Round, reach, settle, update } from './tasks.ts'

type Params = { readonly [name: string]: unknown }

const CONFIRM = { name: 'confirm', arguments: { filename: 'a' } }
const YES = { action: 'accept', content: { confirm: true } }

/** A call that asks its client, in rounds. */
export function rounds(world: World): void {
  const client = (capabilities: Params = ASKABLE) => new WireModern(world, { capabilities })
  const begin = (one: WireModern, call: Params = CONFIRM) => one.result<Round>('tools/call', call)
  const goOn = (one: WireModern, call: Params, { requestState }: Round, inputResponses?: Params) =>
    one.result<Round>('tools/call', { ...call, requestState, ...(inputResponses && { inputResponses }) })
  const keyOf = ({ inputRequests }: Round): string => Object.keys(inputRequests ?? {})[0] ?? ''

  test('asks with a result, without the envelope of a request and with no hint to keep it [P13 P14 P19 P21]', async () => {
    const round = await begin(client())
    expect(round).toEqual({
      resultType: 'input_required',
      inputRequests: {
        [keyOf(round)]: {
          method: 'elicitation/create',
          params: {
            message: 'Delete a?',
            requestedSchema: {
              type: 'object',
              properties: { confirm: { type: 'boolean' } },
              required: ['confirm'],
            },
          },
        },
      },
      requestState: expect.any(String),
      _meta: expect.anything(),
    })
  })

  test('goes on with a request of its own, at any coordinator, with the answer and the state [P17]', async () => {
    const round = await client().result<Round>('tools/call', CONFIRM, { at: 0 })
    const again = { ...CONFIRM, requestState: round.requestState, inputResponses: { [keyOf(round)]: YES } }
    const result = await client().result<Round>('tools/call', again, { at: 1, id: 'another' })
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'deleted a' }] })
  })

  test('does nothing twice for a client that sends a round again [P16 P17]', async () => {
    const one = client()
    const round = await begin(one)
    const first = await goOn(one, CONFIRM, round, { [keyOf(round)]: YES })
    const second = await goOn(one, CONFIRM, round, { [keyOf(round)]: { action: 'decline' } })
    expect(second.content).toEqual(first.content)
  })

  test.each([
    { what: 'nothing', given: undefined },
    { what: 'an empty map', given: {} },
    { what: 'a key that was not asked', given: { other: YES, toString: YES, ...JSON.parse('{"__proto__":{}}') } },
    { what: 'content that does not fit', given: { KEY: { action: 'accept', content: { confirm: 'yes' } } } },
    { what: 'no action', given: { KEY: { content: { confirm: true } } } },
    { what: 'another kind of answer', given: { KEY: { model: 'm', role: 'assistant', content: [] } } },
  ])('asks again, with a new state, where a round brings $what [P18]', async ({ given }) => {
    const one = client()
    const first = await begin(one)
    const inputResponses =
      given &&
      Object.fromEntries(Object.entries(given).map(([key, value]) => [key.replace('KEY', keyOf(first)), value]))
    const second = await goOn(one, CONFIRM, first, inputResponses)
    expect(second.inputRequests).toEqual(first.inputRequests)
    expect(await goOn(one, CONFIRM, second, { [keyOf(second)]: YES, extra: YES })).toMatchObject({
      content: [{ text: 'deleted a' }],
    })
  })

  test.each([7, null, [], 'x', { KEY: 7 }, { KEY: null }])(
    'never completes with inputResponses that are none: %j [P18]',
    async (inputResponses) => {
      const one = client()
      const { requestState } = await begin(one)
      expect((await one.error('tools/call', { ...CONFIRM, requestState, inputResponses })).code).toBe(-32602)
    },
  )

  test('takes no state that was changed, of another call, or of another person [P16 U38]', async () => {
    const one = client()
    const { requestState = '' } = await begin(one)
    const [payload = '', signature] = requestState.split('.')
    const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('[', '[ ')).toString('base64url')
    const bob = new WireModern(world, { person: 'bob', capabilities: ASKABLE })
    const attempts: [WireModern, Params][] = [
      [one, { ...CONFIRM, requestState: `${forged}.${signature}` }],
      [one, { ...CONFIRM, requestState: payload }],
      [one, { ...CONFIRM, requestState: '' }],
      [one, { ...CONFIRM, requestState: `${requestState}.` }],
      [one, { ...CONFIRM, arguments: { filename: 'b' }, requestState }],
      [one, { name: 'divide', arguments: { filename: 'a' }, requestState }],
      [bob, { ...CONFIRM, requestState }],
    ]
    for (const [who, params] of attempts) {
      const error = await who.error('tools/call', params)
      expect([error.code, error.message]).toEqual([
        -32602,
        'The requestState cannot be used: it was not given out for this call. Call again without it.',
      ])
    }
    expect((await one.error('tools/call', { ...CONFIRM, requestState: 7 })).code).toBe(-32602)
  })

  test('looks at the capabilities of each round by itself [P17 R30]', async () => {
    const one = client()
    const first = await begin(one)
    const again = { ...CONFIRM, requestState: first.requestState }
    const stream = await one.stream('tools/call', again, { id: 'mute', capabilities: {} })
    const second = await goOn(one, CONFIRM, first)
    expect(second.inputRequests).toEqual(first.inputRequests)
    await goOn(one, CONFIRM, second, { [keyOf(second)]: YES })
    await stream.ended
    expect(stream.messages.at(-1)?.result).toMatchObject({ resultType: 'complete', content: [{ text: 'deleted a' }] })
  })

  test.each([
    { capabilities: {}, tool: 'calculator', required: { sampling: { tools: {} } } },
    { capabilities: { sampling: {} }, tool: 'calculator', required: { sampling: { tools: {} } } },
    { capabilities: { elicitation: {} }, tool: 'poet', required: { sampling: {} } },
  ])('refuses $tool to a client that declares only $capabilities, and says what it lacks [P1 P15]', async (row) => {
    const call = { name: row.tool, arguments: { prompt: 'hi' } }
    const { status, code, data } = await client(row.capabilities).error('tools/call', call)
    expect([status, code, data]).toEqual([400, -32021, { requiredCapabilities: row.required }])
  })

  test.each([{}, { sampling: {} }, { elicitation: { url: {} } }])(
    'asks nothing of a client that declared only %j [P15 P21]',
    async (capabilities) => {
      const result = await begin(client(capabilities))
      expect(result).toMatchObject({ resultType: 'complete', isError: true })
    },
  )

  test('asks all that is open in one round, and takes the answers in any [P18]', async () => {
    const one = client()
    const call = { name: 'two_questions', arguments: {} }
    let round = await begin(one, call)
    while (Object.keys(round.inputRequests ?? {}).length < 2) round = await goOn(one, call, round)
    const [name = '', color = ''] = Object.keys(round.inputRequests ?? {})
      .toSorted()
      .toReversed()
    const second = await goOn(one, call, round, { [color]: { action: 'accept', content: { color: 'red' } } })
    expect(Object.keys(second.inputRequests ?? {})).toEqual([name])
    const last = await goOn(one, call, second, { [name]: { action: 'accept', content: { name: 'Ann' } } })
    expect(last).toMatchObject({ content: [{ text: 'Ann likes red' }] })
  })

  test('asks for every kind of field, and hears of each kind of answer [P22 P27]', async () => {
    const one = client()
    const call = { name: 'survey', arguments: {} }
    for (const [answer, says] of [
      [{ action: 'decline' }, 'decline'],
      [{ action: 'cancel' }, 'cancel'],
      [{ action: 'accept', content: { mail: 'a@b.org', days: ['Tue'], grade: 'b' } }, '"grade":"b"'],
    ] as const) {
      const round = await begin(one, call)
      const result = await goOn(one, call, round, { [keyOf(round)]: answer })
      expect(JSON.stringify(result.content)).toContain(says.replaceAll('"', '\\"'))
    }
  })

  test("works out a sum with the client's model and two tools, a round for each of its turns [P1 P2 P3 P4 P5 P6 P8 P9 P13]", async () => {
    const one = client()
    const call = { name: 'calculator', arguments: { prompt: 'What is 1+2, and 1/0?' } }
    const first = await begin(one, call)
    const asked = first.inputRequests?.[keyOf(first)]
    expect(asked?.method).toBe('sampling/createMessage')
    const { tools, ...rest } = asked?.params ?? {}
    expect(rest).toEqual({
      systemPrompt: 'You are a calculator. Use the tools for every sum.',
      maxTokens: 500,
      messages: [{ role: 'user', content: { type: 'text', text: 'What is 1+2, and 1/0?' } }],
    })
    expect((tools as { name: string }[]).map(({ name }) => name)).toEqual(['add', 'divide'])
    const content = [
      { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } },
      { type: 'tool_use', id: 'c1', name: 'divide', input: { a: 1, b: 0 } },
    ]
    const said = { model: 'm', role: 'assistant', stopReason: 'toolUse', content }
    const second = await goOn(one, call, first, { [keyOf(first)]: said })
    expect(keyOf(second)).not.toBe(keyOf(first))
    expect(second.inputRequests?.[keyOf(second)]?.params.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content },
      {
        role: 'user',
        content: [
          { type: 'tool_result', toolUseId: 'c0', structuredContent: { sum: 3 } },
          { type: 'tool_result', toolUseId: 'c1', isError: true },
        ],
      },
    ])
    const end = { model: 'm', role: 'assistant', stopReason: 'endTurn', content: { type: 'text', text: 'three' } }
    const last = await goOn(one, call, second, { [keyOf(second)]: end })
    expect(last).toMatchObject({ resultType: 'complete', content: [{ text: 'three' }] })
  })

  test('asks the model again when its answer has two calls of one id [P2 P18]', async () => {
    const one = client()
    const call = { name: 'calculator', arguments: { prompt: 'hi' } }
    const first = await begin(one, call)
    const use = { type: 'tool_use', id: 'same', name: 'add', input: { a: 1, b: 1 } }
    const said = { model: 'm', role: 'assistant', stopReason: 'toolUse', content: [use, use] }
    const second = await goOn(one, call, first, { [keyOf(first)]: said })
    expect(second.inputRequests).toEqual(first.inputRequests)
  })

  test('asks in rounds what a tool asks before its work, and then gives the task, which carries nothing of them [U8 U12]', async () => {
    const able = new WireModern(world)
    const call = { name: 'ask_first', arguments: {} }
    const round = await begin(able, call)
    expect([round.resultType, Object.keys(round.inputRequests ?? {})]).toEqual(['input_required', ['name']])
    const name = { action: 'accept', content: { name: 'Ann' } }
    const task = (await goOn(able, call, round, { name })) as unknown as ModernTask
    expect(task).toMatchObject({ resultType: 'task', taskId: expect.any(String) })
    expect(task).not.toHaveProperty('requestState')
    expect(task).not.toHaveProperty('inputRequests')
    const { inputRequests = {} } = await reach(able, task.taskId, 'input_required')
    expect(Object.keys(inputRequests)).toEqual(['color'])
    await update(able, task.taskId, { color: { action: 'accept', content: { color: 'red' } } })
    expect(await settle(able, task.taskId)).toMatchObject({ result: { content: [{ text: 'Ann likes red' }] } })
  })

  test('goes on as a call in a round whose request takes tasks [U12 U14 P17]', async () => {
    const one = client()
    const round = await begin(one)
    const again = { ...CONFIRM, requestState: round.requestState, inputResponses: { [keyOf(round)]: YES } }
    const result = await one.result<Round>('tools/call', again, { capabilities: ABLE })
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'deleted a' }] })
  })

  test('holds nothing between the rounds: the task waits, and its owner may answer elsewhere [P19]', async () => {
    const bob = await WireSession.open(world, { person: 'bob' })
    const one = new WireModern(world, { person: 'bob', capabilities: ASKABLE })
    const round = await begin(one)
    const { tasks } = await bob.result<{ tasks: { taskId: string; status: string }[] }>('tasks/list')
    expect(tasks[0]?.status).toBe('input_required')
    const able = new WireModern(world, { person: 'bob' })
    await update(able, tasks[0]?.taskId ?? '', { [keyOf(round)]: YES })
    expect(await reach(able, tasks[0]?.taskId ?? '', 'completed')).toMatchObject({ status: 'completed' })
    expect(await goOn(one, CONFIRM, round)).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('sends a waiting client on to another coordinator when this one ends [P20 R26]', async () => {
    const { process } = await world.stack.addCoordinator()
    const at = world.stack.coordinators.length - 1
    const one = client({})
    const call = { name: 'slow', arguments: { ms: 1000 } }
    const stream = await one.stream('tools/call', call, { id: 'call', at })
    await process.kill('SIGTERM')
    const { result } = await stream.next(answers('call'))
    expect(result).toEqual({ resultType: 'input_required', requestState: expect.any(String), _meta: expect.anything() })
    expect(await goOn(one, call, result as Round)).toMatchObject({ content: [{ text: 'worked 1000 ms' }] })
  })
}
