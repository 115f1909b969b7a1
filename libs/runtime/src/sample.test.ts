import { type Conversation, type ModelAnswer, renderTranscript, type SamplingOptions, text } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, startBench } from '../test/drive-task.ts'
import type { Context, ModelChooser } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const user = (words: string) => ({ role: 'user', content: [text(words)] }) as const
const says = (words: string): ModelAnswer => ({
  model: 'm',
  role: 'assistant',
  content: [text(words)],
  stopReason: 'endTurn',
})
const uses = (...ids: string[]): ModelAnswer => ({
  model: 'm',
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'add', input: {} })),
  stopReason: 'toolUse',
})

const options: SamplingOptions = {
  systemPrompt: 'Be brief.',
  maxTokens: 100,
  tools: [{ name: 'add', inputSchema: { type: 'object' } }],
}

/** Three turns: tools, an answer, and one more with other options. */
async function converse(ctx: Context): Promise<string> {
  await ctx.sample({ key: 'm1', ...options, messages: [user('Add twice')] })
  await ctx.step('t1.1', () => ({ content: [text('3')] }), { kind: 'tool' })
  await ctx.step('t1.2', () => Promise.reject(new Error('overflow')), { kind: 'tool' }).catch(() => {})
  const results = {
    results: [
      { step: 't1.1', toolUseId: 'a' },
      { step: 't1.2', toolUseId: 'b' },
    ],
  }
  await ctx.sample({ key: 'm2', after: 'm1', ...options, messages: [results] })
  const { content } = await ctx.sample({ key: 'm3', after: 'm2', maxTokens: 5, messages: [user('Bye')] })
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

const ANSWERS: readonly (readonly [string, ModelAnswer])[] = [
  ['m1', uses('a', 'b')],
  ['m2', says('3, and an overflow')],
  ['m3', says('Bye')],
]

/** What the model is shown at its third turn, in either way. */
const THIRD: Conversation = {
  messages: [
    user('Add twice'),
    { role: 'assistant', content: uses('a', 'b').content },
    {
      role: 'user',
      content: [
        { type: 'tool_result', toolUseId: 'a', content: [text('3')] },
        { type: 'tool_result', toolUseId: 'b', content: [text('overflow')], isError: true },
      ],
    },
    { role: 'assistant', content: says('3, and an overflow').content },
    user('Bye'),
  ],
  options: { maxTokens: 5 },
}

const caller: ModelChooser = { choose: () => 'caller' }

const saidOf = async (task: DrivenTask, key: string) => {
  const entry = (await task.journal()).find((one) => one.key === key)
  return entry?.type === 'value' ? entry.said : undefined
}

describe('a conversation', () => {
  test('with a provider is put together from what each turn added', async () => {
    const shown: Conversation[] = []
    const answers = ANSWERS.map(([, answer]) => answer)
    const asked: Parameters<ModelChooser['choose']>[0][] = []
    const models: ModelChooser = {
      choose: (model) => {
        asked.push(model)
        return async (conversation, { signal }) => {
          expect(signal.aborted).toBe(false)
          shown.push(conversation)
          return answers.shift() as ModelAnswer
        }
      },
    }
    const task = await bench.submit(defineProgram(converse), { models })
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('Bye')
    expect(shown.map(({ messages }) => messages.length)).toEqual([1, 3, 5])
    expect(shown[2]).toEqual(THIRD)
    expect(shown[1]?.options).toEqual(options)
    expect(asked).toEqual([undefined, undefined, undefined])
  })

  test('with the model of the caller is a question that refers to the journal', async () => {
    const task = await bench.submit(defineProgram(converse), { models: caller })
    for (const [key, answer] of ANSWERS) {
      expect(await task.run()).toBe('suspended')
      const [wait] = await task.waits()
      expect(wait).toMatchObject({
        key,
        kind: 'model',
        wait: 'question',
        question: { method: 'sampling/createMessage' },
      })
      if (key === 'm3' && wait?.wait === 'question' && 'said' in wait.question) {
        expect(wait.question.said).toEqual({ after: 'm2', messages: [user('Bye')], options: { maxTokens: 5 } })
        expect(renderTranscript(wait.question.said, { taskId: 'task', journal: await task.journal() })).toEqual(THIRD)
      }
      await task.resolve(key, { value: answer })
    }
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('Bye')
  })

  test('keeps its options once, and its messages once', async () => {
    const task = await bench.submit(defineProgram(converse), {
      models: {
        choose:
          () =>
          async ({ messages }) =>
            ANSWERS[(messages.length - 1) / 2]?.[1] as ModelAnswer,
      },
    })
    await task.run()
    expect(await saidOf(task, 'm1')).toEqual({ messages: [user('Add twice')], options })
    expect(await saidOf(task, 'm2')).toEqual({
      after: 'm1',
      messages: [
        {
          results: [
            { step: 't1.1', toolUseId: 'a' },
            { step: 't1.2', toolUseId: 'b' },
          ],
        },
      ],
    })
    expect(await saidOf(task, 'm3')).toEqual({ after: 'm2', messages: [user('Bye')], options: { maxTokens: 5 } })
  })

  test('inside a tool refers to the steps of that tool', async () => {
    const inner = defineProgram(converse, { name: 'inner' })
    const task = await bench.submit(
      defineProgram(async (ctx) => (await ctx.run('sub', inner, {})).content[0]?.text as string),
      { models: caller },
    )
    for (const [key, answer] of ANSWERS) {
      expect(await task.run()).toBe('suspended')
      const [wait] = await task.waits()
      expect(wait?.key).toBe(`sub/${key}`)
      if (key === 'm3' && wait?.wait === 'question' && 'said' in wait.question) {
        expect(wait.question.said.after).toBe('sub/m2')
        expect(renderTranscript(wait.question.said, { taskId: 'task', journal: await task.journal() })).toEqual(THIRD)
      }
      await task.resolve(`sub/${key}`, { value: answer })
    }
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('Bye')
  })

  test('is kept as it was when it was asked, whatever becomes of the objects of the code', async () => {
    const shown: Conversation[] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const messages = [{ ...user('one'), content: [text('one')] }]
        const asked = ctx.sample({ maxTokens: 1, messages })
        messages.push({ ...user('two'), content: [text('two')] })
        messages[0]?.content.push(text('changed'))
        await asked
        messages.push({ ...user('three'), content: [text('three')] })
        await ctx.sample({ maxTokens: 1, messages })
      }),
      {
        models: {
          choose: () => async (conversation) => {
            shown.push(conversation)
            return says('yes')
          },
        },
      },
    )
    await task.run()
    expect(shown.map(({ messages }) => messages.length)).toEqual([1, 3])
    expect((await saidOf(task, 'sample#1'))?.messages).toEqual([user('one')])
  })
})

describe('a turn of a model', () => {
  const fail = (promise: Promise<unknown>) => promise.then(String, (error: Error) => `${error.name}: ${error.message}`)
  const request = { maxTokens: 1, messages: [user('Hi')] }

  test('names the model it wants', async () => {
    const asked: Parameters<ModelChooser['choose']>[0][] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.sample({ ...request, model: 'provider/model' })
      }),
      {
        models: {
          choose: (model) => {
            asked.push(model)
            return async () => says('Hi')
          },
        },
      },
    )
    await task.run()
    expect(asked).toEqual(['provider/model'])
    expect(await saidOf(task, 'sample#1')).toEqual({ messages: [user('Hi')], options: { maxTokens: 1 } })
  })

  test('is the same step where only its options changed, and another where its messages did', async () => {
    const asking = (changed: object) =>
      defineProgram(async (ctx) => {
        await ctx.sample({ ...request, tools: options.tools ?? [], ...changed })
        await ctx.elicit({ message: '?', schema: { type: 'object' } })
      })
    const task = await bench.submit(asking({}), { models: { choose: () => async () => says('Hi') } })
    expect(await task.run()).toBe('suspended')
    await task.answer('elicit#1', {})
    const claimed = await task.claim()
    task.tool = asking({ messages: [user('Hello')] })
    const stopped = { ...claimed.ledger, finish: async () => ({ kind: 'stale' }) as const }
    expect(await task.activateWith({ ...claimed, ledger: stopped }).ended).toBe('lost')
    expect(String(task.errors[0])).toContain(
      "expected the step 'sample#1' (model), which is on record, and came to it with another input",
    )
    task.tool = asking({ tools: [] })
    expect(await task.run()).toBe('finished')
    expect(await task.outcome()).toMatchObject({ kind: 'result' })
  })

  test('fails with what the provider failed with, once and for all', async () => {
    let calls = 0
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const said = await fail(ctx.sample(request))
        await ctx.elicit({ message: '?', schema: { type: 'object' } })
        return said
      }),
      {
        models: {
          choose: () => () => {
            calls++
            throw new Error('overloaded')
          },
        },
      },
    )
    await task.run()
    await task.answer('elicit#1', {})
    await task.run()
    expect(await task.text()).toBe('StepError: overloaded')
    expect(calls).toBe(1)
  })

  test.each<[string, (ctx: Context) => Promise<unknown>, string]>([
    [
      'a step that is none of a model',
      async (ctx) => {
        await ctx.step('a', () => 1)
        await ctx.sample({ ...request, after: 'a' })
      },
      "Error: There is no answer of a model step 'a' to continue.",
    ],
    [
      'an answer that is not there yet',
      async (ctx) => {
        await Promise.all([ctx.sample({ ...request, key: 'm1' }), ctx.sample({ ...request, after: 'm1' })])
      },
      "Error: There is no answer of a model step 'm1' to continue.",
    ],
    [
      'the result of a step that is not there',
      (ctx) => ctx.sample({ maxTokens: 1, messages: [{ results: [{ step: 't1', toolUseId: 'x' }] }] }),
      "StepError: The journal has no tool step 't1'.",
    ],
    [
      'a deadline that is none',
      (ctx) => ctx.sample({ ...request, deadlineMs: -1 }),
      'Error: A wait of -1 ms is not possible: it must be a number from 0 on.',
    ],
  ])('is refused that refers to %s', async (_, call, message) => {
    const models: ModelChooser[] = [caller, { choose: () => async () => says('Hi') }]
    for (const chooser of models) {
      const task = await bench.submit(
        defineProgram((ctx) => fail(call(ctx))),
        { models: chooser },
      )
      expect(await task.run()).toBe('finished')
      expect(await task.text()).toBe(message)
    }
  })

  test('is refused on replay too where it continued an answer that was not there yet', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const first = ctx.sample({ ...request, key: 'm1' })
        const early = await fail(ctx.sample({ ...request, after: 'm1' }))
        await first
        await ctx.elicit({ message: '?', schema: { type: 'object' } })
        return early
      }),
      { models: { choose: () => async () => says('Hi') } },
    )
    await task.run()
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe("Error: There is no answer of a model step 'm1' to continue.")
  })

  test.each([
    ['none', false, 'sampling'],
    ['none', true, 'sampling.tools'],
    ['plain', true, 'sampling.tools'],
  ] as const)('fails where the caller can answer %s (with tools: %s)', async (sampling, hasTools, capability) => {
    const tools = hasTools ? options.tools : []
    const task = await bench.submit(
      defineProgram((ctx) => fail(ctx.sample({ ...request, ...(tools && { tools }) }))),
      { models: caller, audience: { sampling, elicitation: true } },
    )
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe(
      `StepError: No model: none is configured for this worker, and the client that submitted the task did not declare the capability ${capability}.`,
    )
  })

  test('is asked of a caller that can answer without tools', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.sample({ ...request, tools: [] })
      }),
      { models: caller, audience: { sampling: 'plain', elicitation: false } },
    )
    expect(await task.run()).toBe('suspended')
  })

  test('fails where no such model is configured', async () => {
    const task = await bench.submit(
      defineProgram((ctx) => fail(ctx.sample({ ...request, model: 'x/y' }))),
      {
        models: {
          choose: (model) => {
            throw new Error(`There is no model '${model}'; set X_API_KEY.`)
          },
        },
      },
    )
    await task.run()
    expect(await task.text()).toBe("StepError: There is no model 'x/y'; set X_API_KEY.")
  })
})
