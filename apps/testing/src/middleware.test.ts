import { defineMiddleware, defineTool, type Middleware } from '@longhaul/runtime'
import { text } from '@longhaul/task'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestHarness, scripted, type TestHarness } from './index.ts'

let harness: TestHarness | undefined
afterEach(() => harness?.close())

const greet = defineTool({
  name: 'greet',
  description: 'Greets somebody, later.',
  inputSchema: z.object({ name: z.string() }),
  annotations: { readOnlyHint: true },
  async execute({ name }, ctx) {
    await ctx.sleep(60_000, { key: 'later' })
    return `Hello, ${name}.`
  },
})

test('the first is around the others, changes what goes in and comes out, and what it has done is not done again', async () => {
  const did: string[] = []
  const audit: Middleware = {
    name: 'audit',
    async tool({ tool, args, ctx }, next) {
      await ctx.step('audit', () => void did.push(`${tool} ${args.name}`))
      const result = await next()
      return { ...result, content: [...result.content, text('Audited.')] }
    },
  }
  const rename = defineMiddleware({ name: 'rename', tool: (_, next) => next({ name: 'Ben' }) })
  harness = await createTestHarness({ tools: [greet], middleware: [audit, rename] })
  const task = await harness.submit('greet', { name: 'Ann' })
  await harness.skip(60_000)
  expect((await task.result()).content.map((block) => block.text)).toEqual(['Hello, Ben.', 'Audited.'])
  // The tool has run twice, before and after its sleep.
  expect(did).toEqual(['greet Ann'])
})

test('a call is refused before its tool begins', async () => {
  const refuse: Middleware = {
    name: 'refuse',
    tool: async ({ args }, next) => {
      if (args.name === 'Mallory') throw new Error('Nobody greets Mallory.')
      return next()
    },
  }
  harness = await createTestHarness({ tools: [greet], middleware: [refuse] })
  const task = await harness.submit('greet', { name: 'Mallory' })
  await expect(task.value()).rejects.toThrow('Nobody greets Mallory.')
  expect(await task.journal()).toEqual([])
})

test('a turn of a model is seen, changed and answered, and not taken again on replay', async () => {
  const seen: string[] = []
  const middleware: Middleware = {
    name: 'prompts',
    async model({ model, conversation }, next) {
      seen.push(`${model}: ${conversation.options.systemPrompt?.split('\n')[0]}`)
      const options = { ...conversation.options, systemPrompt: 'Be short.' }
      const answer = await next({ ...conversation, options })
      return { ...answer, content: [...answer.content, text('(Checked.)')] }
    },
  }
  harness = await createTestHarness({
    tools: [greet],
    agents: { greeter: '---\ndescription: Greets people.\ntools: [greet]\n---\nYou greet.' },
    model: scripted([
      {
        when: ['Be short.'],
        turns: [{ call: [{ tool: 'greet', with: { name: 'Ann' } }] }, { expect: ['Hello, Ann.'], say: 'Done.' }],
      },
    ]),
    middleware: [middleware],
  })
  const task = await harness.submit('greeter', { prompt: 'Ann' })
  await harness.skip(60_000)
  expect(await task.value()).toBe('Done.\n(Checked.)')
  expect(seen).toEqual(['auto: You greet.', 'auto: You greet.'])
})

test('what a middleware does to the conversation itself is not there at the next turn', async () => {
  const notes: number[] = []
  const middleware: Middleware = {
    name: 'note',
    model({ conversation: { messages, options } }, next) {
      notes.push(JSON.stringify([messages, options]).split('Noted.').length - 1)
      for (const { content } of messages) (content as unknown[]).push(text('Noted.'))
      Object.assign(options, { systemPrompt: `${options.systemPrompt} Noted.` })
      return next()
    },
  }
  const call = [{ tool: 'greet', with: { name: 'Ann' } }]
  harness = await createTestHarness({
    tools: [defineTool({ ...greet, execute: async () => 'Hello.' })],
    agents: { greeter: '---\ndescription: Greets people.\ntools: [greet]\n---\nYou greet.' },
    model: scripted([{ call }, { call }, { call }, { say: 'Done.' }]),
    middleware: [middleware],
  })
  expect(await (await harness.submit('greeter', { prompt: 'Ann' })).value()).toBe('Done.')
  expect(notes).toEqual([0, 0, 0, 0])
})
