import type { Tool } from '@longhaul/runtime'
import { type Conversation, type JournalEntry, type ToolResultBlock, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, script, use } from '../test/agent-parts.ts'
import { callerModel, modelChooser, openWorld } from '../test/agent-world.ts'
import type { AgentTool } from './agent-tool.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const BOOK = Array.from({ length: 3000 }, (_, line) => `line ${line}`).join('\n')
const book = lookTool('book', () => said(BOOK))
const agentWith = (tools: readonly AgentTool[], window?: number): Tool =>
  createAgent(agentDefinition(), {
    tools,
    choice: { kind: 'model' },
    windowOf: () => window,
    shown: { textBytes: 2000, mediaBytes: 1000 },
  })
const resultsIn = (asked: Conversation | undefined): readonly ToolResultBlock[] =>
  (asked?.messages.at(-1)?.content ?? []) as readonly ToolResultBlock[]
const keptOf = (journal: readonly JournalEntry[], step: string) =>
  journal.flatMap((entry) => (entry.type === 'value' && entry.key === step ? [entry.value] : []))[0]

test('a model is shown an excerpt of a large result, reads on in it, and is offered that from then on', async () => {
  const models = modelChooser(
    script(`
- call: [{ tool: book, with: { place: a } }]
- call:
    - { tool: read_result, with: { result: t1.1, offset: 1000, limit: 30 } }
    - { tool: read_result, with: { result: "longhaul://tasks/x/results/in%2Ft1.1", offset: 20000 } }
    - { tool: read_result, with: { result: "100%", offset: 0 } }
    - { tool: read_result, with: { result: t1.1, offset: 99999 } }
- say: Done.`),
  )
  const task = await world.begin(agentWith([book]), { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Done.')])

  expect(models.asked.map(({ options }) => options.tools?.map(({ name }) => name))).toEqual([
    ['book'],
    ['book', 'read_result'],
    ['book', 'read_result'],
  ])
  const [second, third] = [resultsIn(models.asked[1]), resultsIn(models.asked[2])]
  const [excerpt] = second ?? []
  expect(excerpt?.content[0]?.text).toMatch(
    /^line 0\n[\s\S]*\[… characters 1000 to 27889 of 28889 are left out here …\][\s\S]*line 2999$/,
  )
  const [taskId, name] =
    /^longhaul:\/\/tasks\/(.{24})\/results\/(.+)$/.exec(`${excerpt?.content[1]?.uri}`)?.slice(1) ?? []
  expect([taskId, name]).toEqual([expect.any(String), 't1.1'])

  const read = third?.map(({ content, isError }) => [content.map((block) => block.text), isError])
  expect(read?.[0]).toEqual([[BOOK.slice(1000, 1030), '[characters 1000 to 1030 of 28889; go on at 1030]'], undefined])
  expect(read?.[1]?.[0]).toEqual([BOOK.slice(20_000, 22_000), expect.stringContaining('go on at 22000')])
  expect(read?.[2]).toEqual([["There is no result '100%' to read on in. There are: t1.1."], true])
  expect(read?.[3]).toEqual([['The text of t1.1 has only 28889 characters.'], true])
  expect(keptOf(await task.journal(), 't1.1')).toEqual(said(BOOK))
})

test('an agent that takes the conversation over can read on in what the one before was shown', async () => {
  const first = agentDefinition({ name: 'first', handOffs: [{ pattern: 'second', line: 3 }] })
  const second = agentDefinition({ name: 'second' })
  const agent = createAgent(first, {
    tools: [book],
    agents: [first, second],
    choice: { kind: 'model' },
    shown: { textBytes: 2000, mediaBytes: 1000 },
  })
  const models = modelChooser(
    script(`
- call: [{ tool: book, with: { place: a } }]
- call: [{ tool: hand_off_to_second }]
- call: [{ tool: read_result, with: { result: t1.1, offset: 28880 } }]
- { expect: [line 2999], say: Done. }`),
  )
  const task = await world.begin(agent, { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Done.')])
  expect(models.asked[2]?.options.tools?.map(({ name }) => name)).toEqual(['book', 'read_result'])
})

test('no character is cut in two where somebody reads on', async () => {
  const faces = lookTool('faces', () => said('😀'.repeat(2000)))
  const models = modelChooser(
    script(`
- call: [{ tool: faces, with: { place: a } }]
- call:
    - { tool: read_result, with: { result: t1.1, offset: 1, limit: 3 } }
    - { tool: read_result, with: { result: t1.1, offset: 2, limit: 1 } }
    - { tool: read_result, with: { result: t1.1, offset: 0 } }
- say: Done.`),
  )
  const task = await world.begin(agentWith([faces]), { models })
  expect(await task.run()).toBe('finished')
  const [odd, one, most] = resultsIn(models.asked[2]).map(({ content }) => `${content[0]?.text}`)
  expect([odd, one]).toEqual(['😀', '😀'])
  expect(most).toMatch(/^(😀){450,500}$/u)
})

test('whoever goes on shows the same, to the model of whoever calls as well', async () => {
  const task = await world.begin(agentWith([book]), { models: callerModel })
  await task.run()
  await task.answer('m1', answer([use('a', 'book', { place: 'x' })], 'toolUse'))
  await task.run()
  const shown = await task.conversation('m2')
  expect(JSON.stringify(shown.messages)).toContain('are left out here')
  await task.answer('m2', answer([use('b', 'read_result', { result: 't1.1', offset: 28_880 })], 'toolUse'))
  await task.run()
  const later = await task.conversation('m3')
  expect(later.messages.slice(0, 3)).toEqual(shown.messages)
  expect(later.options).toEqual(shown.options)
  expect(JSON.stringify(later.messages.at(-1))).toContain('line 2999')
})

test('where the window is small less is shown, and all calls of a turn have one part of it', async () => {
  const models = modelChooser(
    script(`
- call: [{ tool: book, with: { place: a } }, { tool: book, with: { place: b } }]
- say: Done.`),
  )
  const task = await world.begin(agentWith([book], 1000), { models })
  expect(await task.run()).toBe('finished')
  for (const { content } of resultsIn(models.asked[1])) expect(`${content[0]?.text}`.length).toBeLessThan(450)
})

test('a large failure and a large picture are treated alike', async () => {
  const image = { type: 'image', mimeType: 'image/png', data: 'A'.repeat(1200) } as const
  const camera = lookTool('camera', () => ({ content: [image] }))
  const broken = lookTool('broken', () => Promise.reject(new Error('x'.repeat(5000))))
  const models = modelChooser(
    script(`
- call: [{ tool: camera, with: { place: a } }, { tool: broken, with: { place: b } }]
- say: Done.`),
  )
  const task = await world.begin(agentWith([camera, broken]), { models })
  expect(await task.run()).toBe('finished')
  const [picture, failure] = resultsIn(models.asked[1])
  expect(picture?.content.map(({ type }) => type)).toEqual(['text', 'resource_link'])
  expect(failure).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('left out here') }, {}] })
})

test('a tool of the project that is called read_result is that', async () => {
  const own = lookTool('read_result', () => said(BOOK))
  const models = modelChooser(script('- call: [{ tool: read_result, with: { place: a } }]\n- say: Done.'))
  const task = await world.begin(agentWith([own]), { models })
  expect(await task.run()).toBe('finished')
  expect(models.asked[1]?.options.tools?.map(({ name }) => name)).toEqual(['read_result', 'longhaul_read_result'])
})
