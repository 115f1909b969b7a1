import { ModelError } from '@longhaul/models'
import { type JournalEntry, type ModelAnswer, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, use } from '../test/agent-parts.ts'
import { callerModel, modelChooser, openWorld } from '../test/agent-world.ts'
import type { ContextPolicy } from './agent-definition.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const map = lookTool('map', ({ place }) => said(`${place} is north${'.'.repeat(600)}`))
/** With half of it there is room for about four turns, each of about 230 tokens. */
const WINDOW = 2200
const agentWith = (context: Partial<ContextPolicy>) =>
  createAgent(
    agentDefinition({ maxTokens: 100, context: { policy: 'trim', threshold: 0.5, keepTurns: 2, ...context } }),
    { tools: [map], choice: { kind: 'model' }, windowOf: () => WINDOW },
  )

/** Turn `turn` of a model that looks at a place in each; `inputTokens`: what its provider counted. */
const look = (turn: number, inputTokens?: number): ModelAnswer => ({
  ...answer([use(`u${turn}`, 'map', { place: `place ${turn}` })], 'toolUse'),
  ...(inputTokens !== undefined && { usage: { inputTokens, outputTokens: 10 } }),
})
const looks = (turns: number) => Array.from({ length: turns }, (_, place) => look(place + 1))
const stepsOf = (turns: number) => ['plan', ...looks(turns).flatMap((_, place) => [`m${place + 1}`, `t${place + 1}.1`])]
const END = answer([text('Done.')], 'endTurn')
const tooLong = () =>
  new ModelError('a/b: The conversation is longer than the model takes.', { retryable: false, isTooLong: true })
const says = (...turns: (ModelAnswer | Error)[]) => {
  const generate = async () => {
    const next = turns.shift()
    if (!next || next instanceof Error) throw next ?? new Error('There is no turn left.')
    return next
  }
  return modelChooser({ generate })
}
const keys = (journal: readonly JournalEntry[]) => journal.map(({ key, type }) => (type === 'error' ? `!${key}` : key))
const SHORT = expect.stringMatching(/^\[The first .* left out here, since it had become too long\.\]$/)

test('a conversation that nears the window goes on without its oldest turns', async () => {
  const models = says(...looks(5), look(6), END)
  const task = await world.begin(agentWith({}), { models })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Done.')])
  expect(keys(await task.journal())).toEqual([...stepsOf(5), 'c6', 'm6', 't6.1', 'm7'])
  const [fifth = [], sixth = [], seventh = []] = models.asked.slice(4).map(({ messages }) => messages)
  expect(fifth).toHaveLength(9)
  expect(sixth[0]?.content).toEqual([text('Do it.'), { type: 'text', text: SHORT }])
  // The last turn that it had by then, and the one since.
  expect(sixth.slice(1, 3)).toEqual(fifth.slice(7))
  expect(sixth[3]?.content).toEqual(look(5).content)
  expect(sixth).toHaveLength(5)
  // The next turn has what that one had, and what came after it.
  expect(seventh.slice(0, 5)).toEqual(sixth)
  expect(models.asked[5]?.options).toEqual(models.asked[0]?.options)
})

test('what its provider counts is what counts', async () => {
  const models = says(look(1, 100), look(2, 1090), END)
  const task = await world.begin(agentWith({}), { models })
  expect(await task.run()).toBe('finished')
  expect(keys(await task.journal())).toEqual([...stepsOf(2), 'c3', 'm3'])
})

test('what was left out is summed up by the same model, once, and the summary counts as spent', async () => {
  const summary = { ...answer([text('All is north.')], 'endTurn'), usage: { inputTokens: 50, outputTokens: 5 } }
  const models = says(...looks(5), summary, look(6), END)
  const task = await world.begin(agentWith({ policy: 'summarise' }), { models })
  expect(await task.run()).toBe('finished')
  expect(keys(await task.journal())).toEqual([...stepsOf(5), 's6', 'c6', 'm6', 't6.1', 'm7'])
  const [asked, next] = models.asked.slice(5)
  expect(asked?.options).toEqual({ maxTokens: 100, systemPrompt: expect.stringContaining('your summary') })
  const told = JSON.stringify(asked?.messages)
  expect(told).toContain('place 3 is north')
  expect(told).not.toContain('place 4')
  expect(JSON.stringify(next?.messages[0])).toContain('\\n\\nAll is north.')
  const meta = (await task.result())._meta?.['dev.longhaul/agent']
  expect(meta).toMatchObject({ turns: 7, usage: { inputTokens: 50, outputTokens: 5 } })
})

test('a caller’s model is asked for a summary when an estimate says so, and by whoever goes on not again', async () => {
  const agent = agentWith({ policy: 'summarise', keepTurns: 1, window: 1200 })
  const task = await world.begin(agent, { models: callerModel })
  const words = text('x'.repeat(300))
  await task.run()
  for (const turn of [1, 2]) {
    await task.answer(`m${turn}`, answer([words, use('u', 'map', { place: `${turn}` })], 'toolUse'))
    await task.run()
  }
  expect(await task.questions()).toEqual(['s3'])
  expect((await task.conversation('s3')).messages).toHaveLength(1)
  await task.answer('s3', answer([text('It is north.')], 'endTurn'))
  await task.run()
  expect(await task.questions()).toEqual(['m3'])
  const { messages } = await task.conversation('m3')
  expect(messages.map(({ content }) => content.map(({ type }) => type))).toEqual([
    ['text', 'text'],
    ['text', 'tool_use'],
    ['tool_result'],
  ])
  await task.answer('m3', END)
  expect(await task.run()).toBe('finished')
})

test('a worker that is lost while it has turns summed up leaves that to the next, who asks word for word', async () => {
  const begun = Promise.withResolvers<void>()
  const turns = [...looks(5), undefined, answer([text('All is north.')], 'endTurn'), END]
  const generate = async () => {
    const next = turns.shift()
    if (next) return next
    begun.resolve()
    return new Promise<never>(() => {})
  }
  const models = modelChooser({ generate })
  const task = await world.begin(agentWith({ policy: 'summarise' }), { models })
  const running = await task.activate()
  await begun.promise
  running.stop(new Error('lost'))
  expect(await task.run()).toBe('finished')
  expect(keys(await task.journal())).toEqual([...stepsOf(5), 's6', 'c6', 'm6'])
  expect(models.asked[6]).toEqual(models.asked[5])
})

test('a model that says that the conversation is too long is asked again without its oldest turns', async () => {
  const models = says(...looks(3), tooLong(), look(4), new Error('No credit is left.'), END)
  const task = await world.begin(agentWith({ keepTurns: 1 }), { models })
  expect(await task.run()).toBe('finished')
  const journal = [...stepsOf(3), '!m4', 'c4.2', 'm4.2', 't4.1']
  expect(keys(await task.journal())).toEqual([...journal, '!m5'])
  expect(models.asked.map(({ messages }) => messages.length)).toEqual([1, 3, 5, 7, 3, 5])
  // A retry goes on from there.
  const again = await task.retry()
  expect(await again.run()).toBe('finished')
  expect(keys(await again.journal())).toEqual([...journal, 'm5'])
  expect(models.asked.at(-1)?.messages).toEqual(models.asked.at(-2)?.messages)
})

test.each([
  ['after that', {}, 2, 'It is too long even without its earlier turns.'],
  ['and nothing can be left out', {}, 0, 'There are no earlier turns that could be left out.'],
  ['and the agent wants it so', { policy: 'fail' }, 2, 'longer than the model takes.'],
] as const)('a conversation that is too long %s fails the agent, and says so', async (_, context, turns, message) => {
  const models = says(...looks(turns), tooLong(), tooLong())
  const task = await world.begin(agentWith(context), { models })
  expect(await task.run()).toBe('finished')
  const { content, isError } = await task.result()
  expect(isError).toBe(true)
  expect(content[0]?.text).toMatch(new RegExp(`${message}$`))
})

test('turns whose summary fails are left out all the same', async () => {
  const models = says(...looks(5), new Error('No credit is left.'), END)
  const task = await world.begin(agentWith({ policy: 'summarise' }), { models })
  expect(await task.run()).toBe('finished')
  expect(keys(await task.journal())).toEqual([...stepsOf(5), '!s6', 'c6', 'm6'])
  expect(models.asked[6]?.messages[0]?.content[1]).toEqual({ type: 'text', text: SHORT })
})

test('a conversation of which no window is known is left as it is', async () => {
  const models = says(look(1, 5000), look(2, 5000), END)
  const agent = createAgent(agentDefinition(), { tools: [map], choice: { kind: 'model' } })
  const task = await world.begin(agent, { models })
  expect(await task.run()).toBe('finished')
  expect(keys(await task.journal())).toEqual([...stepsOf(2), 'm3'])
})
