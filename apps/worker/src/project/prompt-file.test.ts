import { formatProblem } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { parsePromptFile } from './prompt-file.ts'

const read = async (_ctx: unknown, uri: string) => [{ type: 'resource', resource: { uri, text: 'Be kind.' } } as const]
const parse = (text: string) => parsePromptFile(text, 'prompts/review.md', read)
const get = async (text: string, args: Record<string, string> = {}) =>
  (await parse(text).prompt?.execute(args, {} as never))?.structuredContent

const REVIEW = `---
title: Review
description: Asks for a review.
arguments:
  - name: file
    description: Which one.
    required: true
  - name: tone
    values: [polite, plain]
---
Review {{file}}, {{ tone }}.
`

describe('a prompt file', () => {
  test('is a prompt named after it, with its arguments', async () => {
    const { prompt, problems } = parse(REVIEW)
    expect(problems).toEqual([])
    expect(prompt).toMatchObject({ name: 'prompt:review', title: 'Review', description: 'Asks for a review.' })
    expect(prompt?.as).toEqual({
      kind: 'prompt',
      name: 'review',
      arguments: [
        { name: 'file', description: 'Which one.', required: true },
        { name: 'tone', required: false, values: ['polite', 'plain'] },
      ],
    })
    expect(await get(REVIEW, { file: 'a.ts' })).toEqual({
      messages: [{ role: 'user', content: { type: 'text', text: 'Review a.ts, .' } }],
    })
  })

  test('has messages of both roles, and resources, where it says so', async () => {
    const text =
      '---\narguments: [{ name: day }]\n---\nHi.\n\n--- assistant\nYes?\n--- resource notes://{{day}}\n--- user\nSo?'
    const message = (role: string, said: string) => ({ role, content: { type: 'text', text: said } })
    expect(await get(text, { day: 'monday' })).toEqual({
      messages: [
        message('user', 'Hi.'),
        message('assistant', 'Yes?'),
        { role: 'user', content: { type: 'resource', resource: { uri: 'notes://monday', text: 'Be kind.' } } },
        message('user', 'So?'),
      ],
    })
  })

  test('puts no argument into another', async () => {
    const text = '---\narguments: [{ name: a }, { name: b }]\n---\n{{a}} {{b}}'
    expect(await get(text, { a: '{{b}}', b: 'x' })).toMatchObject({ messages: [{ content: { text: '{{b}} x' } }] })
  })

  test.each([
    ['Hi.', ':1: error: The file must begin with a line'],
    ['---\n---\n', ':2: error: There is no message.'],
    ['---\narguments: file\n---\nHi.', ":2: error: 'arguments' cannot be this: write a list of arguments"],
    ['---\narguments:\n  - name: a\n  - { name: b, requird: true }\n---\nHi.', ":4: error: 'arguments' cannot be this"],
    ['---\ntitel: X\n---\nHi.', ":2: warning: 'titel' is not known here and is ignored. Known are title"],
    ['---\nname: X\n---\nHi.', ":2: warning: 'name' is ignored: the prompt is called 'review'"],
    ['---\ntitle: X\n---\nHi.\n{{file}}', ":5: error: There is no argument 'file'"],
    ['---\ntitle: X\n---\nHi.\n--- robot\nNo.', ':5: error: Write "--- user"'],
    ['---\ntitle: X\n---\n\n\nHi.\n--- resource', ':7: error: Write "--- user"'],
  ])('%j has its mistake told with file and line', (text, problem) => {
    expect(parse(text).problems.map(formatProblem)).toEqual([expect.stringContaining(`prompts/review.md${problem}`)])
  })
})
