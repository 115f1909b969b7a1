import type { Answer, OutcomeEntry, Question, QuestionWait, Reply } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { answer } from './answer.ts'
import { ANNA, BEN, TASK, testPorts } from './fixtures/ports.ts'

const ELICIT: Question = {
  method: 'elicitation/create',
  message: 'Who?',
  requestedSchema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] },
}
const SAMPLING: Question = {
  method: 'sampling/createMessage',
  said: { messages: [], options: { maxTokens: 10 } },
}
const waitFor = (question: Question): QuestionWait => ({
  wait: 'question',
  key: 'q1',
  kind: question.method === 'elicitation/create' ? 'question' : 'model',
  input: 'h',
  at: 1,
  deadline: 9e12,
  question,
})

/** Answers in a store where this question is open; gives what was resolved, refused and woken. */
async function reply(
  question: Question,
  given: Reply | ((question: Question) => Reply),
  { refusedBefore = 0, resolved = 'wake' as 'wake' | 'told' | 'not_open', who = ANNA } = {},
) {
  const seen = {
    resolved: [] as OutcomeEntry[],
    refused: [] as unknown[],
    woken: [] as unknown[],
    error: undefined as unknown,
  }
  const ports = testPorts(
    {
      read: async () => TASK,
      readWaits: async () => [waitFor(question)],
      resolve: async (_taskId, entry) => {
        seen.resolved.push(entry)
        return resolved
      },
      refuseAnswer: async (...refused) => {
        seen.refused.push(refused)
        return refusedBefore + 1
      },
    },
    { wakeUps: { wake: async (wakeUps) => void seen.woken.push(...wakeUps) }, settings: { maxInvalidAnswers: 2 } },
  )
  await answer(ports, who, { taskId: TASK.id, key: 'q1', reply: given }).catch((error) => {
    seen.error = error
  })
  return seen
}
const answered = (given: Answer): Reply => ({ kind: 'answer', answer: given })

test('takes an answer that fits, and wakes the task', async () => {
  const value = { action: 'accept', content: { age: 7 } } as const
  const { resolved, woken, error } = await reply(ELICIT, answered(value))
  expect(error).toBeUndefined()
  expect(resolved).toEqual([{ type: 'value', key: 'q1', kind: 'question', input: 'h', at: expect.any(Number), value }])
  expect(woken).toEqual([{ taskId: TASK.id, queue: 'default' }])
})

test.each([
  [{ isSuspended: true }, true],
  [{ isSuspended: true, pausedAt: 1 }, false],
  [{}, false],
] as const)('has a task that is %j woken along with its answer: %s', async (state, isAlong) => {
  const woken: unknown[] = []
  const ports = testPorts(
    {
      read: async () => ({ ...TASK, ...state }),
      readWaits: async () => [waitFor(ELICIT)],
      resolve: async (_taskId, _entry, _ancestors, wake) => {
        await wake?.()
        return 'told'
      },
    },
    { wakeUps: { wake: async (wakeUps) => void woken.push(...wakeUps) } },
  )
  await answer(ports, ANNA, { taskId: TASK.id, key: 'q1', reply: answered({ action: 'decline' }) })
  expect(woken).toEqual(isAlong ? [{ taskId: TASK.id, queue: 'default' }] : [])
})

test('keeps who answered, where that is not the owner', async () => {
  const value = { action: 'accept', content: { age: 7 } } as const
  const { resolved } = await reply(ELICIT, answered(value), { who: { ...BEN, scopes: ['tasks:answer'] } })
  expect(resolved).toMatchObject([{ value, by: BEN.owner }])
})

test('does not wake a task that goes on by itself', async () => {
  const { woken, error } = await reply(ELICIT, answered({ action: 'decline' }), { resolved: 'told' })
  expect([woken, error]).toEqual([[], undefined])
})

test('keeps with a model’s answer what it was asked', async () => {
  const value = { model: 'm', role: 'assistant', content: [{ type: 'text', text: 'Tea.' }] } as const
  const { resolved } = await reply(SAMPLING, answered(value))
  expect(resolved).toMatchObject([{ type: 'value', kind: 'model', value, said: { options: { maxTokens: 10 } } }])
})

test('takes a refusal as the end of the step', async () => {
  const failure = { message: 'The user rejected the request.', code: -1 }
  const { resolved } = await reply(SAMPLING, { kind: 'refusal', failure })
  expect(resolved).toEqual([
    { type: 'error', key: 'q1', kind: 'model', input: 'h', at: expect.any(Number), error: failure },
  ])
})

test('reads a reply when it knows the question', async () => {
  const methods: string[] = []
  const { resolved } = await reply(ELICIT, ({ method }) => {
    methods.push(method)
    return answered({ action: 'cancel' })
  })
  expect(methods).toEqual(['elicitation/create'])
  expect(resolved).toMatchObject([{ value: { action: 'cancel' } }])
})

test('says that somebody else was first', async () => {
  const { error, woken } = await reply(ELICIT, answered({ action: 'cancel' }), { resolved: 'not_open' })
  expect(error).toMatchObject({
    code: 'question_not_open',
    message: "The question 'q1' is not open: it was answered, or its task is over.",
  })
  expect(woken).toEqual([])
})

describe('an answer that does not fit', () => {
  const model = (answer: object): Answer => ({ model: 'm', role: 'assistant', content: [], ...answer }) as Answer
  const use = (id: string) => ({ type: 'tool_use', id, name: 'look', input: {} })

  test.each<[string, Question, Reply, string]>([
    ['of a person', ELICIT, answered({ action: 'accept', content: { age: 'seven' } }), 'age must be integer'],
    ['without content', ELICIT, answered({ action: 'accept' }), "the value must have required property 'age'"],
    [
      'of a model that calls nothing',
      SAMPLING,
      answered(model({ stopReason: 'toolUse' })),
      'stopReason is toolUse, but no tool_use block is there',
    ],
    [
      'of a model that calls twice by one id',
      SAMPLING,
      answered(model({ content: [use('a'), use('a')], stopReason: 'toolUse' })),
      'two tool_use blocks have the same id',
    ],
    ['in its very shape', SAMPLING, { kind: 'malformed', reason: 'role is missing' }, 'role is missing'],
    ['for no reason at all', SAMPLING, { kind: 'malformed', reason: '' }, ''],
  ])('%s is counted, and the question stays open', async (_what, question, given, fault) => {
    const { error, refused, resolved } = await reply(question, given)
    expect(error).toMatchObject({
      code: 'answer_invalid',
      message: `The answer does not fit its question: ${fault}. It is asked again.`,
    })
    expect(refused).toEqual([[TASK.id, 'q1', `The answer to 'q1' does not fit: ${fault}`]])
    expect(resolved).toEqual([])
  })

  test('fails the step when it was the last one', async () => {
    const { error, resolved, woken } = await reply(ELICIT, answered({ action: 'accept' }), { refusedBefore: 1 })
    expect(error).toMatchObject({
      code: 'answer_exhausted',
      message:
        "The answer does not fit its question: the value must have required property 'age'. It was the last try.",
    })
    expect(resolved).toMatchObject([
      {
        type: 'error',
        error: { message: "2 answers did not fit the question; the last: the value must have required property 'age'" },
      },
    ])
    expect(woken).toHaveLength(1)
  })

  test('to a question that was closed meanwhile is told so', async () => {
    const { error } = await reply(ELICIT, answered({ action: 'accept' }), { refusedBefore: -1 })
    expect(error).toMatchObject({ code: 'question_not_open' })
  })

  test('does not hinder who declines', async () => {
    const { error, resolved } = await reply(ELICIT, answered({ action: 'decline' }), { refusedBefore: 1 })
    expect([error, resolved.length]).toEqual([undefined, 1])
  })
})

test('only a question that is open can be answered', async () => {
  const timer = { wait: 'timer', key: 't1', kind: 'sleep', input: '', at: 1, deadline: 9e12 } as const
  const ports = testPorts({ read: async () => TASK, readWaits: async () => [timer] })
  for (const key of ['t1', 'q1']) {
    await expect(
      answer(ports, ANNA, { taskId: TASK.id, key, reply: answered({ action: 'cancel' }) }),
    ).rejects.toMatchObject({ code: 'question_not_open' })
  }
})
