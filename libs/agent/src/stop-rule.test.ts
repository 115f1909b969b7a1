import { setTimeout as delay } from 'node:timers/promises'
import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, script, use } from '../test/agent-parts.ts'
import { callerModel, modelChooser, openWorld } from '../test/agent-world.ts'
import { createAgent } from './create-agent.ts'
import { afterTurns, firstOf, outOfTime } from './stop-rule.ts'

const world = await openWorld()

const map = lookTool('map', () => said('found'))
const agentWith = (changes: Parameters<typeof agentDefinition>[0]) =>
  createAgent(agentDefinition(changes), { tools: [map], choice: { kind: 'model' } })
const callsForever = { generate: async () => answer([use('a', 'map', { place: 'x' })], 'toolUse') }

test('the first rule that has something to say decides', () => {
  const rule = firstOf(afterTurns(2), outOfTime)
  expect(rule({ turn: 1, remainingMs: 1, isAtLimit: false })).toBeUndefined()
  expect(rule({ turn: 1, remainingMs: 0, isAtLimit: false })).toBe('timeout')
  expect(rule({ turn: 2, remainingMs: 0, isAtLimit: false })).toBe('maxTurns')
  expect(rule({ turn: 1, remainingMs: undefined, isAtLimit: false })).toBeUndefined()
})

test('the model is told in its last turn to call no tool, and still sees the tools', async () => {
  const models = modelChooser(
    script(`
- call: [{ tool: map, with: { place: a } }]
- say: This is what I have.`),
  )
  const task = await world.begin(agentWith({ maxTurns: 2 }), { models })

  expect(await task.run()).toBe('finished')
  expect(models.asked.map(({ options }) => options.toolChoice)).toEqual([undefined, { mode: 'none' }])
  expect(models.asked[1]?.options.tools?.map(({ name }) => name)).toEqual(['map'])
  expect(await task.result()).toEqual({
    content: [text('This is what I have.')],
    _meta: { 'dev.longhaul/agent': { turns: 2, stop: 'maxTurns' } },
  })
})

test('a model that calls a tool in its last turn is stopped with a result that says so', async () => {
  const task = await world.begin(agentWith({ maxTurns: 2 }), { models: modelChooser(callsForever) })
  const before = map.calls.length

  expect(await task.run()).toBe('finished')
  expect(map.calls.length).toBe(before + 1)
  expect(await task.result()).toMatchObject({
    isError: true,
    content: [
      text('[The agent was at the last of its turns (maxTurns: 2) and still called map: this was not done.]'),
      text('[The agent ended without an answer (toolUse).]'),
    ],
  })
})

test('an agent whose time is over has one more turn to say what it has', async () => {
  const models = modelChooser(
    script(`
- { delayMs: 30, call: [{ tool: map, with: { place: a } }] }
- say: This is what I have.`),
  )
  const task = await world.begin(agentWith({ timeoutMs: 20 }), { models })

  expect(await task.run()).toBe('finished')
  expect(models.asked[1]?.options.toolChoice).toEqual({ mode: 'none' })
  expect(await task.result()).toMatchObject({
    content: [text('This is what I have.')],
    _meta: { 'dev.longhaul/agent': { turns: 2, stop: 'timeout' } },
  })
})

test('the time that the agent waits for an answer is not its own', async () => {
  const agent = createAgent(agentDefinition({ timeoutMs: 200 }), { tools: [map], choice: { kind: 'caller' } })
  const task = await world.begin(agent, { models: callerModel })
  await task.run()
  await delay(300)
  await task.answer('m1', answer([use('a', 'map', { place: 'x' })], 'toolUse'))
  expect(await task.run()).toBe('suspended')
  expect((await task.conversation('m2')).options.toolChoice).toBeUndefined()
})

test('no call of a turn that was cut off is made, and the model hears why', async () => {
  const turns = [
    answer([text('Let me'), use('a', 'map', { place: 'x' })], 'maxTokens'),
    answer([text('The map s')], 'maxTokens'),
  ]
  const models = modelChooser({ generate: async () => turns.shift() ?? answer([], 'endTurn') })
  const task = await world.begin(agentWith({}), { models })
  const before = map.calls.length

  expect(await task.run()).toBe('finished')
  expect(map.calls.length).toBe(before)
  const [heard] = models.asked[1]?.messages.at(-1)?.content ?? []
  expect(heard).toMatchObject({ toolUseId: 'a', isError: true })
  expect(JSON.stringify(heard)).toContain('cut off at its limit of 1000 tokens')
  const result = await task.result()
  expect(result.content).toEqual([
    text('The map s'),
    text('[The answer was cut off at its limit of 1000 tokens (maxTokens).]'),
  ])
  expect(result.isError).toBeUndefined()
})

test('a model that fails ends the agent with the reason', async () => {
  const models = modelChooser(
    script(`
- call: [{ tool: map, with: { place: a } }]
- fail: No credit is left.`),
  )
  const task = await world.begin(agentWith({}), { models })

  expect(await task.run()).toBe('finished')
  expect(await task.result()).toEqual({
    content: [text('The model failed in turn 2: script.yaml:3: turn 2: No credit is left.')],
    isError: true,
    _meta: { 'dev.longhaul/agent': { turns: 1, stop: 'modelError' } },
  })
})

test('an agent without tools has one turn, in which no tool is spoken of', async () => {
  const models = modelChooser(callsForever)
  const task = await world.begin(agentWith({ tools: [] }), { models })

  expect(await task.run()).toBe('finished')
  expect(models.asked.map(({ options }) => options)).toEqual([{ systemPrompt: 'You are a clerk.', maxTokens: 1000 }])
  expect((await task.result()).content[0]).toEqual(
    text('[The agent has no tools and still called map: this was not done.]'),
  )
})

test('a retry of it asks that model again, with all that was done before', async () => {
  let isDown = true
  const { generate } = script(`
- call: [{ tool: map, with: { place: a } }]
- { expect: [found], say: It is north. }`)
  const models = modelChooser({
    generate: async (request, options) => {
      if (isDown && request.messages.length > 1) throw new Error('No credit is left.')
      return generate(request, options)
    },
  })
  const task = await world.begin(agentWith({}), { models })
  expect(await task.run()).toBe('finished')
  expect(await task.result()).toMatchObject({ isError: true })

  isDown = false
  const calls = map.calls.length
  const again = await task.retry()
  expect(await again.run()).toBe('finished')
  expect(await again.result()).toMatchObject({ content: [text('It is north.')] })
  expect(map.calls).toHaveLength(calls)
  expect(models.asked.at(-1)).toEqual(models.asked.at(-2))
})
