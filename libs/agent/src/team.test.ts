import { defineTool, type Tool, toCatalogEntry } from '@longhaul/runtime'
import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, lookTool, said, script } from '../test/agent-parts.ts'
import { modelChooser, openWorld } from '../test/agent-world.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { type AgentParts, createAgent } from './create-agent.ts'

const world = await openWorld()

const glob = (pattern: string) => ({ pattern, line: 3 })
const LEAD = agentDefinition({ name: 'lead', tools: [], agents: [glob('writer')], maxTurns: 3 })
const WRITER = agentDefinition({
  name: 'writer',
  description: 'Writes.',
  systemPrompt: 'You are a writer.',
  tools: [glob('map')],
  maxTurns: 3,
})
const map = lookTool('map', () => said('north'))
const build = (agent: AgentDefinition, agents: readonly AgentDefinition[], more: Partial<AgentParts> = {}): Tool =>
  createAgent(agent, { tools: [map], agents, choice: { kind: 'model' }, ...more })

test('an agent is called as a task of its own, and its failure is an answer for the model', async () => {
  const models = modelChooser(
    script(`
- call: [{ tool: writer, with: { prompt: One } }, { tool: writer, with: { prompt: Two } }, { tool: writer, with: {} }]
- { expect: [first draft, out of ink, do not fit the input schema], say: Published. }`),
  )
  const lead = build(LEAD, [LEAD, WRITER])
  const task = await world.begin(lead, { models, callable: [toCatalogEntry(build(WRITER, [WRITER]))] })
  expect(await task.run()).toBe('suspended')
  const children = task.children.map(({ head, args }) => [head.lineage?.step.key, head.tool, args])
  expect(children).toEqual([
    ['t1.1', 'writer', { prompt: 'One' }],
    ['t1.2', 'writer', { prompt: 'Two' }],
  ])
  await task.settleChild('t1.1', { value: said('first draft') })
  await task.settleChild('t1.2', { error: 'out of ink' })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Published.')])
  expect(models.asked[0]?.options.tools).toEqual([
    { name: 'writer', description: 'Writes.', inputSchema: expect.objectContaining({ required: ['prompt'] }) },
  ])
})

test('a workflow is called as a task of its own, too, by its name among the tools', async () => {
  const models = modelChooser(
    script(
      '- call: [{ tool: publish, with: { file: a } }, { tool: publish, with: {} }]\n- { expect: [it is out, do not fit], say: Done. }',
    ),
  )
  const inputSchema = { type: 'object', properties: { file: { type: 'string' } }, required: ['file'] }
  const publish = { kind: 'workflow', name: 'publish', description: 'Publishes.', inputSchema } as const
  const lead = createAgent(agentDefinition({ tools: [glob('pub*')] }), {
    tools: [map, publish],
    choice: { kind: 'model' },
  })
  const entry = toCatalogEntry(defineTool({ ...publish, execute: () => 'it is out' }))
  const task = await world.begin(lead, { models, callable: [entry] })
  expect(await task.run()).toBe('suspended')
  expect(task.children.map(({ head, args }) => [head.lineage?.step.key, head.tool, args])).toEqual([
    ['t1.1', 'publish', { file: 'a' }],
  ])
  await task.settleChild('t1.1', { value: said('it is out') })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Done.')])
})

test('a call of an agent that has gone since stays the task that it is', async () => {
  const models = modelChooser(script('- call: [{ tool: writer, with: { prompt: One } }]\n- say: Published.'))
  const entry = toCatalogEntry(build(WRITER, [WRITER]))
  const task = await world.begin(build(LEAD, [LEAD, WRITER]), { models, callable: [entry] })
  expect(await task.run()).toBe('suspended')
  await task.settleChild('t1.1', { value: said('first draft') })
  expect(await task.run(build(LEAD, [LEAD]))).toBe('finished')
  expect((await task.result()).content).toEqual([text('Published.')])
})

test('an agent that takes over sees the conversation, with a prompt and tools of its own', async () => {
  const models = modelChooser(
    script(`
- call: [{ tool: hand_off_to_writer, with: { reason: words } }, { tool: hand_off_to_writer, with: {} }]
- { expect: [handed over by another call], call: [{ tool: map, with: { place: Oslo } }] }
- { expect: [north], say: It is north. }`),
  )
  const first = agentDefinition({ name: 'first', tools: [], handOffs: [glob('writer')], maxTurns: 2 })
  const task = await world.begin(build(first, [first, WRITER]), { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('It is north.')])
  expect(models.asked.map(({ options }) => [options.systemPrompt, options.tools?.map(({ name }) => name)])).toEqual([
    ['You are a clerk.', ['hand_off_to_writer']],
    ['You are a writer.', ['map']],
    ['You are a writer.', ['map']],
  ])
  expect(models.asked[2]?.messages.at(0)).toEqual({ role: 'user', content: [text('Do it.')] })
  expect((await task.journal()).flatMap(({ key, type }) => (type === 'value' ? [key] : []))).toEqual(
    expect.arrayContaining(['plan', 'm1', 't1.1', 't1.2', 'plan.2', 'm2', 't2.1', 'm3']),
  )
})

test('an agent without tools that takes over only answers', async () => {
  const closer = agentDefinition({ name: 'closer', tools: [], systemPrompt: 'You close.' })
  const first = agentDefinition({ name: 'first', tools: [], handOffs: [glob('closer')] })
  const models = modelChooser(script('- call: [{ tool: hand_off_to_closer, with: {} }]\n- say: Good bye.'))
  const task = await world.begin(build(first, [first, closer]), { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Good bye.')])
  expect(models.asked[1]?.options).toMatchObject({
    systemPrompt: 'You close.',
    toolChoice: { mode: 'none' },
    tools: [{ name: 'hand_off_to_closer' }],
  })
})

test('a tool that a model has made up takes no conversation over', async () => {
  const closer = agentDefinition({ name: 'closer', tools: [] })
  const first = agentDefinition({ name: 'first', tools: [], handOffs: [glob('closer')] })
  const models = modelChooser(
    script(
      '- call: [{ tool: constructor, with: {} }, { tool: hand_off_to_closer, with: {} }]\n- { expect: [has this conversation], say: Bye. }',
    ),
  )
  const task = await world.begin(build(first, [first, closer]), { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Bye.')])
})

test('a conversation that is handed to and fro ends', async () => {
  const ping = agentDefinition({ name: 'ping', tools: [], handOffs: [glob('pong')] })
  const pong = agentDefinition({ name: 'pong', tools: [], handOffs: [glob('ping')] })
  const models = modelChooser(
    script(`
- call: [{ tool: hand_off_to_pong, with: {} }]
- call: [{ tool: hand_off_to_ping, with: {} }]
- say: Enough.
`),
  )
  const task = await world.begin(build(ping, [ping, pong], { maxHandOffs: 2 }), { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Enough.')])
  expect(models.asked.at(-1)?.options.toolChoice).toEqual({ mode: 'none' })
})
