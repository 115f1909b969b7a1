import { type Conversation, text } from '@longhaul/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context, ModelChooser } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const LONG_LEASE_MS = 60_000
const QUESTION = { maxTokens: 10, messages: [{ role: 'user', content: [text('Where to?')] }] } as const

/** A model that says nothing new, and keeps what it is asked. */
function listen(): ModelChooser & { readonly asked: Conversation[] } {
  const asked: Conversation[] = []
  const generate = async (conversation: Conversation) => {
    asked.push(conversation)
    return { model: 'm', role: 'assistant', content: [text('On.')], stopReason: 'endTurn' } as const
  }
  return { asked, choose: () => generate }
}
const wordsOf = ({ messages }: Conversation) =>
  messages.flatMap(({ content }) => content.map((block) => (block.type === 'text' ? block.text : block.type)))

test('a task whose code has ended without a look at what came is handed back, and ends when that was there before', async () => {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<string>()
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const value = await ctx.step('only', () => {
        begun.resolve()
        return end.promise
      })
      return `${value} ${ctx.steered()}`
    }),
  )
  const running = await task.activate(LONG_LEASE_MS)
  await begun.promise
  await task.steer('Go west.')
  running.lookAgain()
  // On the same connection, so that what it looked for is there before.
  await task.journal()
  await task.journal()
  end.resolve('done')
  expect(await running.ended).toBe('handed_back')
  expect(task.trips.at(-1)).toBe('handBack')
  expect(await task.run()).toBe('finished')
  expect(await task.text()).toBe('done true')
})

test('what is sent is taken by the model steps of the task itself that want it, not by those of a tool inside', async () => {
  const models = listen()
  const ask = (ctx: Context, key: string, steerable: boolean) => ctx.sample({ key, ...QUESTION, steerable })
  const inside = defineProgram(async (ctx) => {
    await ask(ctx, 'a', true)
    return `${ctx.steered()}`
  })
  const seen: boolean[] = []
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const { content } = await ctx.run('inside', inside, {})
      await ask(ctx, 'b', false)
      seen.push(ctx.steered())
      await ask(ctx, 'c', true)
      seen.push(ctx.steered())
      await ask(ctx, 'd', true)
      return `${content[0]?.text}`
    }),
    { models },
  )
  await task.steer('West.')
  expect(await task.run()).toBe('finished')
  expect(await task.text()).toBe('false')
  expect(seen).toEqual([true, false])
  expect(models.asked.map(wordsOf)).toEqual([['Where to?'], ['Where to?'], ['Where to?', 'West.'], ['Where to?']])
})

test('a call that is put off has what has come until it is made', async () => {
  const models = listen()
  let attempts = 0
  const generate = models.choose(undefined)
  const busy: ModelChooser = {
    choose: () => async (conversation, options) => {
      if (generate === 'caller') throw new Error('It is no model of the caller.')
      await generate(conversation, options)
      attempts++
      if (attempts === 1)
        throw Object.assign(new Error('Too many requests.'), { retryable: true, retryAfterMs: 60_000 })
      return { model: 'm', role: 'assistant', content: [text('On.')], stopReason: 'endTurn' }
    },
  }
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      await ctx.sample({ key: 'a', ...QUESTION, steerable: true })
      return 'done'
    }),
    { models: busy },
  )
  await task.steer('West.')
  expect(await task.run()).toBe('suspended')
  await task.steer('No, east.')
  await task.elapse('a!r1')
  expect(await task.run()).toBe('finished')
  expect(models.asked.map(wordsOf)).toEqual([
    ['Where to?', 'West.'],
    ['Where to?', 'West.', 'No, east.'],
  ])
})
