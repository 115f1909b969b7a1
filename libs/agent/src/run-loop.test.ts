import { MALFORMED_INPUT_META } from '@longhaul/models'
import { defineTool, type Tool } from '@longhaul/runtime'
import { type JournalEntry, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, script, use } from '../test/agent-parts.ts'
import { modelChooser, openWorld } from '../test/agent-world.ts'
import type { AgentDefinition } from './agent-definition.ts'
import type { AgentTool } from './agent-tool.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const agentWith = (tools: readonly AgentTool[], changes?: Partial<AgentDefinition>): Tool =>
  createAgent(agentDefinition(changes), { tools, choice: { kind: 'model' } })
const outcomes = (journal: readonly JournalEntry[]) =>
  journal.filter(({ type }) => type !== 'intent').map(({ key }) => key)

test('takes turns with its tools until the model has its answer', async () => {
  const map = lookTool('map', ({ place }) => said(`${place} is north`))
  const models = modelChooser(
    script(`
- { say: Let me see., call: [{ tool: map, with: { place: Oslo } }] }
- { expect: [Oslo is north], say: It is north. }`),
  )
  const task = await world.begin(agentWith([map]), { models })

  expect(await task.run()).toBe('finished')
  expect(await task.result()).toEqual({
    content: [text('It is north.')],
    _meta: { 'dev.longhaul/agent': { turns: 2, stop: 'endTurn' } },
  })
  expect(outcomes(await task.journal())).toEqual(['plan', 'm1', 't1.1', 'm2'])
  expect(models.asked[0]).toEqual({
    messages: [{ role: 'user', content: [text('Do it.')] }],
    options: {
      systemPrompt: 'You are a clerk.',
      maxTokens: 1000,
      tools: [{ name: 'map', description: 'Looks by map.', inputSchema: map.inputSchema }],
    },
  })
})

test('makes the calls of a turn at once, each one time, and gives the results in the order of the calls', async () => {
  const both = Promise.withResolvers<void>()
  let started = 0
  const meet = async (words: string) => {
    started++
    if (started === 2) both.resolve()
    await both.promise
    return said(words)
  }
  const slow = lookTool('slow', async () => {
    const result = await meet('from slow')
    await new Promise(setImmediate)
    return result
  })
  const quick = lookTool('quick', () => meet('from quick'))
  const models = modelChooser(
    script(`
- call: [{ tool: slow, with: { place: a } }, { tool: quick, with: { place: b } }]
- say: Done.`),
  )
  const task = await world.begin(agentWith([slow, quick]), { models })

  expect(await task.run()).toBe('finished')
  expect([slow.calls, quick.calls]).toEqual([[{ place: 'a' }], [{ place: 'b' }]])
  expect(models.asked[1]?.messages.at(-1)).toEqual({
    role: 'user',
    content: [
      { type: 'tool_result', toolUseId: 'call_1_1', content: [text('from slow')] },
      { type: 'tool_result', toolUseId: 'call_1_2', content: [text('from quick')] },
    ],
  })
})

test('makes a call again that failed in a way that may pass, under the same key', async () => {
  const keys: string[] = []
  const flaky = lookTool(
    'flaky',
    (_, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      if (keys.length === 1) throw Object.assign(new Error('The server is not available.'), { retryable: true })
      return said('found')
    },
    'ask',
  )
  const models = modelChooser(
    script(`
- call: [{ tool: flaky, with: { place: a } }]
- { expect: [found], say: Done. }`),
  )
  const task = await world.begin(agentWith([flaky]), { models })
  expect(await task.run()).toBe('suspended')
  await task.elapse('t1.1!r1')
  expect(await task.run()).toBe('finished')
  expect(new Set(keys).size).toBe(1)
  expect(keys).toHaveLength(2)
  expect(outcomes(await task.journal())).toEqual(['plan', 'm1', 't1.1!r1', 't1.1', 'm2'])
})

test('asks about a call of which nobody knows whether it took effect', async () => {
  const unknown = Object.assign(new Error('No answer; nobody knows what it did.'), { isOutcomeUnknown: true })
  const lost = lookTool('lost', () => Promise.reject(unknown), 'ask')
  const models = modelChooser(script('- call: [{ tool: lost, with: { place: a } }]\n- say: Done.'))
  const task = await world.begin(agentWith([lost]), { models })
  expect(await task.run()).toBe('suspended')
  expect(await task.form('t1.1!1')).toMatch(/^No answer; nobody knows what it did\. Should it be done again\?/)
  expect(lost.calls).toHaveLength(1)
})

test('repeats nothing that is journaled when a worker is lost in the middle of a turn', async () => {
  const begun = Promise.withResolvers<void>()
  const keys: string[] = []
  const done = lookTool('done', () => said('one'))
  const lost = lookTool('lost', (_, { idempotencyKey }) => {
    keys.push(idempotencyKey)
    begun.resolve()
    return keys.length === 1 ? new Promise(() => {}) : said('two')
  })
  const models = modelChooser(
    script(`
- call: [{ tool: done, with: { place: a } }, { tool: lost, with: { place: b } }]
- { expect: [one, two], say: Done. }`),
  )
  const task = await world.begin(agentWith([done, lost]), { models })
  const first = await task.activate()
  await begun.promise
  await expect.poll(async () => outcomes(await task.journal())).toContain('t1.1')
  first.stop(new Error('gone'))
  expect(await first.ended).toBe('lost')

  expect(await task.run()).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('Done.')] })
  expect(models.asked.length).toBe(2)
  expect(done.calls.length).toBe(1)
  expect(keys[0]).toMatch(/\/t1\.2$/)
  expect(keys[1]).toBe(keys[0])
  expect(outcomes(await task.journal())).toEqual(['plan', 'm1', 't1.1', 't1.2', 'm2'])
})

test('says of a call that was under way, and whose tool has gone since, that nobody knows whether it took effect', async () => {
  const begun = Promise.withResolvers<void>()
  const send = lookTool(
    'send',
    () => {
      begun.resolve()
      return new Promise(() => {})
    },
    'ask',
  )
  const models = modelChooser(
    script(`
- call: [{ tool: send, with: { place: a } }]
- { expect: ["the call of send. It may or may not have taken effect"], say: Done. }`),
  )
  const task = await world.begin(agentWith([send]), { models })
  const first = await task.activate()
  await begun.promise
  first.stop(new Error('gone'))
  expect(await task.run(agentWith([lookTool('other', () => said(''))]))).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('Done.')] })
})

test('goes on as it began when its file and the tools of the project have changed since', async () => {
  const begun = Promise.withResolvers<void>()
  const map = lookTool('map', () => {
    begun.resolve()
    return new Promise(() => {})
  })
  const models = modelChooser(
    script(`
- call: [{ tool: map, with: { place: a } }]
- { expect: ["'map' is not available any more"], call: [{ tool: added, with: { place: a } }] }
- { expect: ["no tool 'added'"], say: Done. }`),
  )
  const task = await world.begin(agentWith([map]), { models })
  const first = await task.activate()
  await begun.promise
  first.stop(new Error('gone'))

  const added = lookTool('added', () => said('never'))
  expect(await task.run(agentWith([added], { systemPrompt: 'You are a cook.', maxTurns: 1 }))).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('Done.')] })
  expect(models.asked.map(({ options }) => options.systemPrompt)).toEqual(Array(3).fill('You are a clerk.'))
  expect(added.calls).toEqual([])
})

test('tells the model what is wrong with a call, and makes it no further', async () => {
  const map = lookTool('map', () => said('found'))
  const turns = [
    answer(
      [
        use('1', 'mapp', { place: 'a' }),
        use('2', 'map', { place: 7 }),
        {
          ...use('3', 'map', {}),
          _meta: { [MALFORMED_INPUT_META]: { text: '{"pl', reason: 'It ends in the middle.' } },
        } as ReturnType<typeof use>,
      ],
      'toolUse',
    ),
    answer([use('4', 'map', { place: 'a' })], 'toolUse'),
    answer([text('Found.')], 'endTurn'),
  ]
  const models = modelChooser({ generate: async () => turns.shift() ?? answer([], 'endTurn') })
  const task = await world.begin(agentWith([map]), { models })

  expect(await task.run()).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('Found.')] })
  expect(map.calls).toEqual([{ place: 'a' }])
  const error = (toolUseId: string, words: string) => ({
    type: 'tool_result',
    toolUseId,
    content: [text(words)],
    isError: true,
  })
  expect(models.asked[1]?.messages.at(-1)?.content).toEqual([
    error('1', "There is no tool 'mapp'. Did you mean 'map'?"),
    error(
      '2',
      'The arguments do not fit the input schema of map: place must be string. Correct them and call it again.',
    ),
    error('3', 'The arguments of map cannot be read: It ends in the middle. Write the call again.'),
  ])
})

test('shows the model a tool that throws, and goes on', async () => {
  const map = lookTool('map', () => {
    throw new Error('The map is burning.')
  })
  const models = modelChooser(
    script(`
- call: [{ tool: map, with: { place: a } }]
- { expect: [The map is burning.], say: No map. }`),
  )
  const task = await world.begin(agentWith([map]), { models })

  expect(await task.run()).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('No map.')] })
  expect(models.asked[1]?.messages.at(-1)?.content[0]).toMatchObject({ isError: true })
})

test('keeps conversations balanced whose tool call ids come again and again', async () => {
  const map = lookTool('map', ({ place }) => said(`at ${place}`))
  const turns = [
    answer([use('call_0', 'map', { place: 'a' }), use('call_0', 'map', { place: 'b' })], 'toolUse'),
    answer([use('call_0', 'map', { place: 'c' })], 'toolUse'),
    answer([text('Done.')], 'endTurn'),
  ]
  const models = modelChooser({ generate: async () => turns.shift() ?? answer([], 'endTurn') })
  const task = await world.begin(agentWith([map]), { models })

  expect(await task.run()).toBe('finished')
  expect(models.asked[2]?.messages.flatMap(({ content }) => content)).toMatchObject([
    text('Do it.'),
    { id: 'call_0', input: { place: 'a' } },
    { id: 'call_0_2', input: { place: 'b' } },
    { toolUseId: 'call_0', content: [text('at a')] },
    { toolUseId: 'call_0_2', content: [text('at b')] },
    { id: 'call_0_3', input: { place: 'c' } },
    { toolUseId: 'call_0_3', content: [text('at c')] },
  ])
})

test('runs a TypeScript tool inside its task, step by step', async () => {
  const bodies: string[] = []
  const begun = Promise.withResolvers<void>()
  const report = defineTool({
    name: 'report',
    description: 'Writes a report.',
    inputSchema: { type: 'object' },
    async execute(_, ctx) {
      const draft = await ctx.step('draft', () => {
        bodies.push('draft')
        return 'a draft'
      })
      return ctx.step('print', () => {
        bodies.push('print')
        begun.resolve()
        return bodies.length === 2 ? new Promise<string>(() => {}) : `printed ${draft}`
      })
    },
  })
  const models = modelChooser(
    script(`
- call: [{ tool: report }]
- { expect: [printed a draft], say: Done. }`),
  )
  const task = await world.begin(agentWith([{ kind: 'durable', tool: report }]), { models })
  const first = await task.activate()
  await begun.promise
  first.stop(new Error('gone'))

  expect(await task.run()).toBe('finished')
  expect(bodies).toEqual(['draft', 'print', 'print'])
  expect(outcomes(await task.journal())).toEqual(['plan', 'm1', 't1.1/draft', 't1.1/print', 't1.1', 'm2'])
})

test('says how far it is, and what its tools say of that', async () => {
  const told: (string | undefined)[] = []
  const map = lookTool('map', async (_, { onProgress }) => {
    onProgress?.({ progress: 1, total: 2, message: 'half way' })
    await expect.poll(async () => (await task.progress())?.message).toBe('turn 1: map: half way')
    told.push((await task.progress())?.message)
    return said('found')
  })
  const models = modelChooser(
    script(`
- call: [{ tool: map, with: { place: a } }]
- say: Done.`),
  )
  const task = await world.begin(agentWith([map]), { models })

  expect(await task.run()).toBe('finished')
  expect(told).toEqual(['turn 1: map: half way'])
  expect(await task.progress()).toEqual({ progress: 3, message: 'turn 2' })
})

const silence = answer([], 'endTurn')

test('tells a model once that its turn was empty', async () => {
  const turns = [silence, answer([text('Here.')], 'endTurn')]
  const models = modelChooser({ generate: async () => turns.shift() ?? silence })
  const task = await world.begin(agentWith([]), { models })
  expect(await task.run()).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('Here.')], _meta: { 'dev.longhaul/agent': { turns: 2 } } })
  // No provider takes a turn without content.
  expect(models.asked[1]?.messages[1]).toEqual({ role: 'assistant', content: [text('[nothing]')] })
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toContain('Your turn was empty: ')
})

test('tells a model what its provider could not read, and gives up on the second time in a row', async () => {
  const unreadable = answer([], 'MALFORMED_FUNCTION_CALL')
  const map = lookTool('map', () => said('north'))
  const turns = [unreadable, answer([use('1', 'map', { place: 'Oslo' })], 'toolUse'), unreadable, unreadable]
  const models = modelChooser({ generate: async () => turns.shift() ?? answer([text('More.')], 'endTurn') })
  const task = await world.begin(agentWith([map]), { models })
  expect(await task.run()).toBe('finished')
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toContain('(MALFORMED_FUNCTION_CALL)')
  expect(models.asked).toHaveLength(4)
  expect(await task.result()).toMatchObject({
    isError: true,
    content: [text('[The agent ended without an answer (MALFORMED_FUNCTION_CALL).]')],
  })
})

test('makes no call of a turn that ended in a refusal', async () => {
  const map = lookTool('map', () => said('north'))
  const refused = { ...answer([use('1', 'map', { place: 'Oslo' })], 'refusal'), refusal: 'SAFETY' }
  const models = modelChooser({ generate: async () => refused })
  const task = await world.begin(agentWith([map]), { models })
  expect(await task.run()).toBe('finished')
  expect(map.calls).toEqual([])
  expect(await task.result()).toMatchObject({
    isError: true,
    content: [text('[The model refused to go on (SAFETY).]')],
  })
})
