import { LonghaulError, type Principal, type Wait } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { Engine } from './engine.ts'
import { ANNA, BEN, TASK, testPorts } from './fixtures/ports.ts'

const UNKNOWN = '0fzzzzzzzzzzzzzzzzzzzzzz'
const NOT_FOUND = new LonghaulError('task_not_found', 'Task not found')
const REPLY = { kind: 'answer', answer: { action: 'cancel' } } as const
/** Every verb that names a task. */
const VERBS = {
  inspect: (engine: Engine, who: Principal, id: string) => engine.inspect(who, id),
  inspectOutcome: (engine: Engine, who: Principal, id: string) => engine.inspectOutcome(who, id),
  answer: (engine: Engine, who: Principal, id: string) => engine.answer(who, { taskId: id, key: 'q1', reply: REPLY }),
  cancel: (engine: Engine, who: Principal, id: string) => engine.cancel(who, id),
}
const read = async (taskId: string) => (taskId === TASK.id ? TASK : undefined)
const engine = new Engine(
  testPorts({ read, readOutcome: read, readWaits: async () => [], cancel: async () => 'cancelled' as const }),
)

describe.each(Object.entries(VERBS))('%s', (verb, act) => {
  test('answers a foreign id exactly like an unknown one', async () => {
    const foreign = await act(engine, BEN, TASK.id).then(String, (error) => error)
    const unknown = await act(engine, BEN, UNKNOWN).then(String, (error) => error)
    expect(foreign).toBeInstanceOf(LonghaulError)
    for (const error of [foreign, unknown]) {
      expect({ ...error, message: error.message }).toEqual({ ...NOT_FOUND, message: 'Task not found' })
    }
  })

  test.each(['', 'x', '0fabc', `${TASK.id}a`, `${TASK.id.slice(0, 22)}.a`, '../../etc', '0F'.padEnd(24, 'a')])(
    'does not ask the store about %j, which is no id',
    async (id) => {
      await expect(act(new Engine(testPorts({})), ANNA, id)).rejects.toEqual(NOT_FOUND)
    },
  )

  test('is for the owner, for who has the scope, and for nobody else', async () => {
    const scope = {
      inspect: 'tasks:read',
      inspectOutcome: 'tasks:read',
      answer: 'tasks:answer',
      cancel: 'tasks:cancel',
    }[verb]
    // What a right to the task leads to; nothing is open to be answered.
    const code = async (who: Principal) =>
      act(engine, who, TASK.id).then(
        () => 'done',
        (error) => error.code,
      )
    const done = verb === 'answer' ? 'question_not_open' : 'done'
    expect(await code(ANNA)).toBe(done)
    expect(await code({ ...ANNA, clientId: 'another client' })).toBe(done)
    expect(await code({ ...ANNA, owner: { ...ANNA.owner, tenant: 't' } })).toBe('task_not_found')
    for (const own of ['tasks:read', 'tasks:answer', 'tasks:cancel', 'tasks:admin'] as const) {
      expect(await code({ ...BEN, scopes: [own] })).toBe(
        own === scope || own === 'tasks:admin' ? done : 'task_not_found',
      )
    }
  })
})

test('a task that is over cannot be cancelled', async () => {
  const over = new Engine(testPorts({ read, cancel: async () => 'terminal' }))
  await expect(over.cancel(ANNA, TASK.id)).rejects.toMatchObject({
    code: 'task_finished',
    message: 'Cannot cancel the task: it is over already.',
  })
  const gone = new Engine(testPorts({ read, cancel: async () => 'gone' }))
  await expect(gone.cancel(ANNA, TASK.id)).rejects.toEqual(NOT_FOUND)
})

test('a list has as many tasks on a page as the settings say', async () => {
  const asked: unknown[] = []
  const list = async (...page: unknown[]) => {
    asked.push(page)
    return { tasks: [] }
  }
  const listing = new Engine(testPorts({ list }, { settings: { listPageSize: 3 } }))
  await listing.list(ANNA)
  await listing.list(ANNA, 'abc')
  expect(asked).toEqual([
    [ANNA.owner, { limit: 3 }],
    [ANNA.owner, { limit: 3, cursor: 'abc' }],
  ])
})

describe('openQuestions', () => {
  const base = { kind: 'question', input: 'h', deadline: 9e12 } as const
  const elicit = (key: string, at: number): Wait => ({
    ...base,
    wait: 'question',
    key,
    at,
    question: { method: 'elicitation/create', message: key, requestedSchema: {} },
  })

  test('are in the order in which they were asked, without timers', async () => {
    const timer: Wait = { ...base, wait: 'timer', kind: 'sleep', key: 't1', at: 1 }
    const waits = [elicit('q10', 5), timer, elicit('q3', 9), elicit('q9', 5), elicit('q1', 4)]
    const asked = await new Engine(testPorts({ readWaits: async () => waits })).openQuestions(TASK)
    expect(asked.map(({ wait }) => wait.key)).toEqual(['q1', 'q9', 'q10', 'q3'])
  })

  test('of a model come with the conversation', async () => {
    const message = { role: 'user', content: [{ type: 'text', text: 'Tea?' }] } as const
    const sampling: Wait = {
      ...base,
      wait: 'question',
      kind: 'model',
      key: 'm1',
      at: 1,
      question: { method: 'sampling/createMessage', said: { messages: [message], options: { maxTokens: 5 } } },
    }
    const store = { readWaits: async () => [sampling, elicit('q1', 2)], readJournal: async () => [] }
    const [first, second] = await new Engine(testPorts(store)).openQuestions(TASK)
    expect(first?.conversation).toEqual({ messages: [message], options: { maxTokens: 5 } })
    expect(second).not.toHaveProperty('conversation')
  })
})
