import type { ModelChooser } from '@longhaul/runtime'
import { type ModelAnswer, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, use } from '../test/agent-parts.ts'
import { modelChooser, openWorld } from '../test/agent-world.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const usage = { inputTokens: 400, outputTokens: 100 }
/** Says and calls what it is told, turn by turn; the last of it again and again. */
function model(...turns: readonly ModelAnswer[]): ModelChooser & Pick<ReturnType<typeof modelChooser>, 'asked'> {
  let turn = 0
  const generate = async () => ({ ...(turns[turn++] ?? (turns.at(-1) as ModelAnswer)), usage, costUsd: 0.1 })
  return { ...modelChooser({ generate }), mostUsd: () => 0.3 }
}
const look = (id: string, words = 'I look.') => answer([text(words), use(id, 'map', { place: 'Oslo' })], 'toolUse')
const agent = (map = lookTool('map', () => said('north'))) =>
  createAgent(agentDefinition(), { tools: [map], choice: { kind: 'model' } })

test('an agent whose budget has no room for a turn ends with what it has, and says so', async () => {
  const models = model(look('a', 'It is in the north.'), answer([use('b', 'map', { place: 'Oslo' })], 'toolUse'))
  const task = await world.begin(agent(), { models, budget: { costUsd: 0.45, atLimit: 'end' } })
  expect(await task.run()).toBe('finished')
  expect(await task.result()).toEqual({
    content: [
      text('It is in the north.'),
      text(
        '[The agent ended before it was done. The budget of this task has no room: 0.2 of 0.45 US dollars are taken, and the next call may take 0.3 US dollars (costUsd).]',
      ),
    ],
    _meta: {
      'dev.longhaul/agent': {
        ...{ turns: 2, stop: 'budget', limit: { of: 'tree', limit: 'costUsd', used: 0.2, cap: 0.45, needed: 0.3 } },
        ...{ usage: { inputTokens: 800, outputTokens: 200 }, costUsd: 0.2 },
      },
    },
  })
})

test('an agent that can pay for nothing has nothing, which is no error', async () => {
  const task = await world.begin(agent(), { models: model(look('a')), budget: { tokens: 10, atLimit: 'end' } })
  expect(await task.run()).toBe('finished')
  const { content, isError } = await task.result()
  expect(content.map((block) => block.text)).toEqual([
    expect.stringMatching(
      / has no room: 0 of 10 tokens are taken, and the next call may take \d+ tokens \(tokens\)\.\]$/,
    ),
  ])
  expect(isError).toBeUndefined()
})

test('a model whose calls have no room is told so, and has a last turn', async () => {
  const map = lookTool('map', () => said('north'))
  const both = answer([use('a', 'map', { place: 'Oslo' }), use('b', 'map', { place: 'Rome' })], 'toolUse')
  const models = model(both, answer([text('Oslo is in the north.')], 'endTurn'))
  const task = await world.begin(agent(map), { models, budget: { toolCalls: 1, atLimit: 'end' } })
  expect(await task.run()).toBe('finished')
  expect(map.calls).toHaveLength(1)
  const [, second] = models.asked
  expect(second?.options.toolChoice).toEqual({ mode: 'none' })
  const heard = JSON.stringify(second?.messages.at(-1)?.content)
  expect(heard).toContain('The budget of this task is used up: 1 of 1 calls of tools (toolCalls).')
  const { content, _meta } = await task.result()
  expect(content.map((block) => block.text)).toEqual([
    'Oslo is in the north.',
    '[The budget of this task is used up: 1 of 1 calls of tools (toolCalls). Not all was done.]',
  ])
  expect(_meta).toMatchObject({ 'dev.longhaul/agent': { stop: 'budget', limit: { limit: 'toolCalls', cap: 1 } } })
})

test('an agent asks for more, waits without a worker, and goes on in the same conversation', async () => {
  const models = model(look('a'), answer([text('North.')], 'endTurn'))
  const task = await world.begin(agent(), { models, budget: { turns: 1, atLimit: 'ask' } })
  expect(await task.run()).toBe('suspended')
  expect(await task.form('budget!1')).toMatch(/^The budget is used up: 1 of 1 turns of models, and/)
  await task.answer('budget!1', { action: 'accept', content: { limit: 2 } })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('North.')])
  expect(models.asked).toHaveLength(2)
})
