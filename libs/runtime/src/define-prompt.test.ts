import { text } from '@longhaul/task'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { toCatalogEntry } from './catalog-entry.ts'
import type { Context } from './context.ts'
import { definePrompt, type PromptOutput } from './define-prompt.ts'

/** For definitions that do not use it. */
const ctx = {} as Context

const review = definePrompt({
  name: 'review',
  title: 'Review',
  description: 'Reviews code.',
  icons: [{ src: 'https://example.com/i.png' }],
  arguments: z.object({
    code: z.string().describe('What to review.'),
    tone: z.enum(['polite', 'plain']).optional().meta({ title: 'Tone' }),
  }),
  complete: { code: (typed, others) => [`${typed}1`, String(others.tone)] },
  execute: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ code: string; tone?: 'polite' | 'plain' | undefined }>()
    return `Review ${args.code}`
  },
})

describe('a prompt', () => {
  test('is announced with its arguments, under a name that no tool can have', () => {
    expect(toCatalogEntry(review)).toMatchObject({
      name: 'prompt:review',
      title: 'Review',
      icons: [{ src: 'https://example.com/i.png' }],
      as: {
        kind: 'prompt',
        name: 'review',
        arguments: [
          { name: 'code', description: 'What to review.', required: true },
          { name: 'tone', title: 'Tone', required: false, values: ['polite', 'plain'] },
        ],
      },
    })
  })

  test('has with it what completes its arguments', async () => {
    const [completion] = review.beside
    expect(completion && toCatalogEntry(completion)).toMatchObject({
      name: 'completion:prompt:review',
      as: { kind: 'completion', of: ['code'] },
    })
    const args = { argument: { name: 'code', value: 'x' }, context: { tone: 'plain' } }
    expect((await completion?.execute(args, ctx))?.structuredContent).toEqual({ values: ['x1', 'plain'] })
  })

  test.each<[string, PromptOutput, object]>([
    ['text', 'Hi.', { messages: [{ role: 'user', content: text('Hi.') }] }],
    [
      'messages',
      [{ role: 'assistant', content: 'Yes?' }],
      { messages: [{ role: 'assistant', content: text('Yes?') }] },
    ],
    [
      'messages with a description',
      { description: 'd', messages: [{ role: 'user', content: { type: 'image', data: '', mimeType: 'image/png' } }] },
      { description: 'd', messages: [{ role: 'user', content: { type: 'image', data: '', mimeType: 'image/png' } }] },
    ],
  ])('may give %s', async (_, output, result) => {
    const prompt = definePrompt({ name: 'p', execute: () => output })
    expect((await prompt.execute({}, ctx)).structuredContent).toEqual(result)
  })

  test.each([
    ['a b', {}, "The prompt name 'a b' must be"],
    ['p', { arguments: { type: 'string' } }, 'p.arguments must be an object schema'],
    ['p', { complete: { none: ['x'] } }, "p.complete: there is no 'none'"],
  ])('%j with %j cannot be defined', (name, part, message) => {
    expect(() => definePrompt({ name, execute: () => '', ...part })).toThrow(message)
  })
})
