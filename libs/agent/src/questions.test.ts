import { defineTool } from '@longhaul/runtime'
import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, use } from '../test/agent-parts.ts'
import { callerModel, modelChooser, openWorld } from '../test/agent-world.ts'
import type { AgentTool } from './agent-tool.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const agentWith = (tools: readonly AgentTool[], kind: 'caller' | 'model') =>
  createAgent(agentDefinition(), { tools, choice: { kind } })

test("shows the caller's model a balanced conversation with each turn, and holds nothing meanwhile", async () => {
  const map = lookTool('map', ({ place }) => said(`${place} is north`))
  const broken = lookTool('broken', () => {
    throw new Error('It broke.')
  })
  const task = await world.begin(agentWith([map, broken], 'caller'), { models: callerModel })

  expect(await task.run()).toBe('suspended')
  expect(await task.questions()).toEqual(['m1'])
  const first = await task.conversation('m1')
  expect(first.messages).toEqual([{ role: 'user', content: [text('Do it.')] }])
  expect(first.options.tools?.map(({ name }) => name)).toEqual(['map', 'broken'])

  const calls = [use('x', 'map', { place: 'Oslo' }), use('y', 'broken', { place: 'Rome' }), use('z', 'none', {})]
  await task.answer('m1', answer(calls, 'toolUse'))
  expect(await task.run()).toBe('suspended')
  expect(await task.questions()).toEqual(['m2'])
  const second = await task.conversation('m2')
  expect(second.options).toEqual(first.options)
  expect(second.messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: calls },
    {
      role: 'user',
      content: [
        { type: 'tool_result', toolUseId: 'x', content: [text('Oslo is north')] },
        { type: 'tool_result', toolUseId: 'y', content: [text('It broke.')], isError: true },
        { type: 'tool_result', toolUseId: 'z', isError: true },
      ],
    },
  ])

  // A client that numbers its calls anew with each turn.
  await task.answer('m2', answer([use('x', 'map', { place: 'Bonn' })], 'toolUse'))
  expect(await task.run()).toBe('suspended')
  expect((await task.conversation('m3')).messages.slice(3)).toMatchObject([
    { role: 'assistant', content: [{ id: 'x_2' }] },
    { role: 'user', content: [{ toolUseId: 'x_2', content: [text('Bonn is north')] }] },
  ])

  await task.answer('m3', answer([text('All is north.')], 'endTurn'))
  expect(await task.run()).toBe('finished')
  expect(await task.result()).toMatchObject({ content: [text('All is north.')] })
  expect(map.calls.length).toBe(2)
  expect(broken.calls.length).toBe(1)
})

test('asks no longer than its time lasts, but always long enough to wrap up', async () => {
  const openFor = async (timeoutMs: number) => {
    const agent = createAgent(agentDefinition({ timeoutMs }), { tools: [], choice: { kind: 'caller' } })
    const task = await world.begin(agent, { models: callerModel })
    expect(await task.run()).toBe('suspended')
    return Math.round((await task.openFor('m1')) / 1000)
  }
  expect(await openFor(7_200_000)).toBe(7200)
  expect(await openFor(1000)).toBe(60)
})

test('asks a person about a call that may have taken effect, and goes on after the answer', async () => {
  const begun = Promise.withResolvers<void>()
  const mail = lookTool(
    'mail',
    () => {
      begun.resolve()
      return mail.calls.length === 1 ? new Promise(() => {}) : said('sent')
    },
    'ask',
  )
  const map = lookTool('map', () => said('found'))
  const turns = [
    answer([use('a', 'mail', { place: 'Oslo' }), use('b', 'map', { place: 'Rome' })], 'toolUse'),
    answer([text('Sent.')], 'endTurn'),
  ]
  const models = modelChooser({ generate: async () => turns.shift() ?? answer([], 'endTurn') })
  const task = await world.begin(agentWith([mail, map], 'model'), { models })
  const first = await task.activate()
  await begun.promise
  first.stop(new Error('gone'))

  expect(await task.run()).toBe('suspended')
  expect(mail.calls.length).toBe(1)
  expect(await task.questions()).toEqual(['t1.1!1'])
  expect(await task.form('t1.1!1')).toContain('the call of mail with {"place":"Oslo"}. It may or may not have taken')

  await task.answer('t1.1!1', { action: 'accept', content: { decision: 'repeat' } })
  expect(await task.run()).toBe('finished')
  expect(mail.calls.length).toBe(2)
  expect(await task.result()).toMatchObject({ content: [text('Sent.')] })
})

test('tells the model of a call that is not to be repeated', async () => {
  const begun = Promise.withResolvers<void>()
  const mail = lookTool(
    'mail',
    () => {
      begun.resolve()
      return new Promise(() => {})
    },
    'ask',
  )
  const turns = [answer([use('a', 'mail', { place: 'Oslo' })], 'toolUse'), answer([text('I stop here.')], 'endTurn')]
  const models = modelChooser({ generate: async () => turns.shift() ?? answer([], 'endTurn') })
  const task = await world.begin(agentWith([mail], 'model'), { models })
  const first = await task.activate()
  await begun.promise
  first.stop(new Error('gone'))
  expect(await task.run()).toBe('suspended')
  await task.answer('t1.1!1', { action: 'accept', content: { decision: 'fail' } })

  expect(await task.run()).toBe('finished')
  expect(mail.calls.length).toBe(1)
  expect(models.asked[1]?.messages.at(-1)?.content).toMatchObject([{ toolUseId: 'a', isError: true }])
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toContain('It was decided not to do it again.')
})

test('a tool that waits for a person does not hold up the other calls of its turn', async () => {
  const confirm = defineTool({
    name: 'confirm',
    description: 'Asks for leave.',
    inputSchema: { type: 'object' },
    execute: async (_, ctx) => {
      const schema = { type: 'object', properties: { ok: { type: 'boolean' } } }
      return (await ctx.elicit({ message: 'May I?', schema })).action
    },
  })
  const map = lookTool('map', () => said('found'))
  const task = await world.begin(agentWith([{ kind: 'durable', tool: confirm }, map], 'caller'), {
    models: callerModel,
  })
  expect(await task.run()).toBe('suspended')
  await task.answer('m1', answer([use('a', 'confirm', {}), use('b', 'map', { place: 'Rome' })], 'toolUse'))
  expect(await task.run()).toBe('suspended')
  expect(map.calls.length).toBe(1)
  expect(await task.questions()).toEqual(['t1.1/elicit#1'])

  await task.answer('t1.1/elicit#1', { action: 'accept', content: { ok: true } })
  expect(await task.run()).toBe('suspended')
  expect((await task.conversation('m2')).messages.at(-1)).toMatchObject({
    content: [
      { toolUseId: 'a', content: [text('accept')] },
      { toolUseId: 'b', content: [text('found')] },
    ],
  })
  expect(map.calls.length).toBe(1)
})
