import { type Claimed, type Reply, type Task, undoTaskId, type Wait } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { callOf, NOTHING, newDraft, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine, PRINCIPAL, refusal } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'

const store = await openStore()
const { engine, submit, claim, sweep, woken } = openEngine(store, { maxInvalidAnswers: 3, listPageSize: 2 })
const STRANGER = { ...PRINCIPAL, owner: { ...PRINCIPAL.owner, subject: 'ben' } }
const NOT_FOUND = { code: 'task_not_found', message: 'Task not found' }
const NOT_OPEN = {
  code: 'question_not_open',
  message: "The question 'q1' is not open: it was answered, or its task is over.",
}

const askAge = (key: string, deadline = 9e12): Wait => ({
  wait: 'question',
  key,
  kind: 'question',
  input: 'h',
  at: 1,
  deadline,
  question: {
    method: 'elicitation/create',
    message: 'How old?',
    requestedSchema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] },
  },
})
const age = (value: unknown): Reply =>
  ({ kind: 'answer', answer: { action: 'accept', content: { age: value } } }) as Reply

/** A submitted task that waits for what is given. */
async function waiting(...waits: Wait[]): Promise<Task> {
  const task = await submit()
  const { ledger } = await claim(task.id)
  const dueAt = Math.min(...waits.map(({ deadline }) => deadline))
  await ledger.suspend({ entries: [], waits, dueAt })
  return engine.inspect(PRINCIPAL, task.id)
}
const answer = (task: Task, reply: Reply, key = 'q1') => engine.answer(PRINCIPAL, { taskId: task.id, key, reply })

describe('submit', () => {
  test('makes a task that a worker can claim', async () => {
    const task = await submit({ call: { session: 's1', isTask: true }, ttlMs: 5 })
    expect(await engine.inspect(PRINCIPAL, task.id)).toEqual(task)
    expect(woken).toContain(task.id)
    expect(await claim(task.id)).toMatchObject({ head: task.head, args: { topic: 'tea' } })
  })

  test('makes a task that has failed of arguments that do not fit', async () => {
    const task = await submit({ args: {} })
    expect(task).toMatchObject({
      status: 'completed',
      isError: true,
      statusMessage: "Invalid arguments for tool 'research': the value must have required property 'topic'.",
    })
    expect(await engine.inspectOutcome(PRINCIPAL, task.id)).toMatchObject({
      ...task,
      outcome: { kind: 'result', result: { isError: true } },
    })
    expect(woken).not.toContain(task.id)
  })

  test('refuses without leaving anything behind', async () => {
    expect(await refusal(submit({ tool: 'nope' }))).toEqual({ code: 'tool_not_found', message: 'Unknown tool: nope' })
    expect(await store.redis.dbsize()).toBe(0)
  })
})

test('a task of somebody else is answered exactly like one that never was', async () => {
  const task = await waiting(askAge('q1'))
  const unknown = newDraft().id
  const before = await store.redis.hgetall(taskKeys(task.id).record)
  for (const id of [task.id, unknown]) {
    for (const attempt of [
      engine.inspect(STRANGER, id),
      engine.inspectOutcome(STRANGER, id),
      engine.answer(STRANGER, { taskId: id, key: 'q1', reply: age(7) }),
      engine.cancel(STRANGER, id),
    ]) {
      expect(await refusal(attempt)).toEqual(NOT_FOUND)
    }
  }
  expect(await store.redis.hgetall(taskKeys(task.id).record)).toEqual(before)
  expect(await engine.list(STRANGER)).toEqual({ tasks: [] })
})

describe('answer', () => {
  test('that does not fit is refused and asked again, until the step fails', async () => {
    const task = await waiting(askAge('q1'))
    const fault = 'The answer does not fit its question: age must be integer.'
    for (const _ of [1, 2]) {
      expect(await refusal(answer(task, age('seven')))).toEqual({
        code: 'answer_invalid',
        message: `${fault} It is asked again.`,
      })
      expect(await engine.inspect(PRINCIPAL, task.id)).toMatchObject({
        status: 'input_required',
        statusMessage: "The answer to 'q1' does not fit: age must be integer",
      })
    }
    expect(await refusal(answer(task, age('seven')))).toEqual({
      code: 'answer_exhausted',
      message: `${fault} It was the last try.`,
    })
    expect(await refusal(answer(task, age(7)))).toEqual(NOT_OPEN)
    expect(await claim(task.id)).toMatchObject({
      journal: [
        {
          key: 'q1',
          type: 'error',
          error: { message: '3 answers did not fit the question; the last: age must be integer' },
        },
      ],
      waits: [],
    })
  })

  test('that fits after one that did not is taken', async () => {
    const task = await waiting(askAge('q1'))
    await refusal(answer(task, age('seven')))
    await answer(task, age(7))
    expect(await engine.inspect(PRINCIPAL, task.id)).toMatchObject({ status: 'working' })
    expect(await store.tasks.readJournal(task.id)).toMatchObject([{ type: 'value', value: { content: { age: 7 } } }])
    expect(woken.filter((id) => id === task.id)).toHaveLength(2)
  })

  test('given by many at once is taken once, and the others hear that', async () => {
    const task = await waiting(askAge('q1'))
    const replies = await Promise.all(Array.from({ length: 10 }, (_, place) => refusal(answer(task, age(place)))))
    const refused = replies.filter((reply) => reply !== 'It came to undefined.')
    expect(refused).toEqual(Array(9).fill(NOT_OPEN))
    expect(await store.tasks.readJournal(task.id)).toHaveLength(1)
  })

  test('that comes after the end is told so', async () => {
    const task = await waiting(askAge('q1'))
    await engine.cancel(PRINCIPAL, task.id)
    expect(await refusal(answer(task, age(7)))).toEqual(NOT_OPEN)
    expect(await refusal(answer(task, age(7), 't1'))).toMatchObject({ code: 'question_not_open' })
  })
})

describe('cancel', () => {
  test('is final, and said to be', async () => {
    const task = await waiting(askAge('q1'))
    expect(await engine.cancel(PRINCIPAL, task.id, 'Enough.')).toMatchObject({
      status: 'cancelled',
      statusMessage: 'Enough.',
    })
    expect(await refusal(engine.cancel(PRINCIPAL, task.id))).toEqual({
      code: 'task_finished',
      message: 'Cannot cancel the task: it is over already.',
    })
    expect(await engine.openQuestions(task)).toEqual([])
  })
})

test('list gives pages of the size of the settings', async () => {
  const tasks = [await submit(), await submit(), await submit()]
  const first = await engine.list(PRINCIPAL)
  const second = await engine.list(PRINCIPAL, first.nextCursor)
  expect([first.tasks.length, second.tasks.length, second.nextCursor]).toEqual([2, 1, undefined])
  expect([...first.tasks, ...second.tasks].map(({ id }) => id).sort()).toEqual(tasks.map(({ id }) => id).sort())
  expect(await refusal(engine.list(PRINCIPAL, 'nonsense'))).toEqual({
    code: 'cursor_invalid',
    message: 'Invalid cursor. Pass the nextCursor of a previous page, or none for the first.',
  })
})

test('a retry has nothing undone that was undone long ago', async () => {
  const root = await submit()
  const call = callOf({ ...root, args: {} }, 'c')
  const [child] = call.children.map((draft) => ({ ...draft, head: { ...draft.head, undoable: true as const } }))
  if (!child) return expect.fail()
  await (await claim(root.id)).ledger.suspend({ entries: [], waits: call.waits, children: [child], dueAt: 9e15 })
  await (await claim(child.id)).ledger.save({ entries: [stepDone('s1')], waits: [] })
  await engine.cancel(PRINCIPAL, child.id)
  const undo = undoTaskId(child.id)
  const over = { kind: 'error', error: { code: -32603, message: 'no' } } as const
  await (await claim(undo)).ledger.finish({ ...NOTHING, outcome: over })
  await store.redis.hset(taskKeys(undo).record, 'removable', 1)
  await store.makeDue(undo)
  await sweep()
  expect(await store.tasks.read(undo)).toBeUndefined()
  await (await claim(root.id)).ledger.finish({ ...NOTHING, outcome: over })
  await sweep()

  const retried = await engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, root.id)
  expect(retried.status).toBe('working')
  expect(await store.tasks.read(undo)).toBeUndefined()
})

describe('sweep', () => {
  /** Sweeps until the task has been woken anew. */
  async function swept(task: Task): Promise<Claimed> {
    const before = woken.filter((id) => id === task.id).length
    await expect
      .poll(async () => {
        await sweep()
        return woken.filter((id) => id === task.id).length
      })
      .toBe(before + 1)
    return claim(task.id)
  }

  test('wakes a task whose timer is over, not before', async () => {
    const deadline = (await store.now()) + 80
    const task = await waiting(timerOf('t1', deadline), askAge('q1'))
    const { journal, waits } = await swept(task)
    expect(await store.now()).toBeGreaterThanOrEqual(deadline)
    expect(journal).toEqual([
      { type: 'value', key: 't1', kind: 'sleep', input: '', at: expect.any(Number), value: null },
    ])
    expect(waits.map(({ key }) => key)).toEqual(['q1'])
    expect((await engine.inspect(PRINCIPAL, task.id)).status).toBe('input_required')
  })

  test('fails a question that nobody answered by its deadline', async () => {
    const task = await waiting(askAge('q1', 5))
    expect((await swept(task)).journal).toMatchObject([
      { type: 'error', key: 'q1', error: { message: 'Nobody answered before the deadline of the question.' } },
    ])
    expect((await engine.inspect(PRINCIPAL, task.id)).status).toBe('working')
    expect(await refusal(answer(task, age(7)))).toEqual(NOT_OPEN)
  })

  test('comes back for the next deadline', async () => {
    const later = (await store.now()) + 600_000
    const task = await waiting(askAge('q1', later))
    await store.makeDue(task.id)
    expect(await sweep()).toBe(1)
    expect(await store.dueAt(task.id)).toBe(later)
    expect(await sweep()).toBe(0)
    expect(woken.filter((id) => id === task.id)).toHaveLength(1)
  })

  test('does not wake a task that goes on by itself when its timer is over', async () => {
    const task = await submit()
    const { ledger } = await claim(task.id)
    await ledger.save({ entries: [], waits: [timerOf('t1', 5)] })
    await store.makeDue(task.id)
    expect(await sweep()).toBe(0)
    expect(await ledger.suspend({ ...NOTHING, dueAt: 5 })).toEqual({ kind: 'suspended' })
    expect(await swept(task)).toMatchObject({ journal: [{ key: 't1' }] })
  })

  test('takes up a task whose worker died, and removes one whose time is over', async () => {
    const [task, over] = [await submit(), await submit()]
    const { ledger } = await claim(task.id)
    await ledger.save({ entries: [stepDone('s1')], waits: [] })
    await store.expireLease(task.id)
    await engine.cancel(PRINCIPAL, over.id)
    await store.redis.hset(taskKeys(over.id).record, 'removable', 1)
    await store.makeDue(over.id)
    expect(await swept(task)).toMatchObject({ interrupted: true, journal: [stepDone('s1')] })
    expect(await refusal(engine.inspect(PRINCIPAL, over.id))).toEqual(NOT_FOUND)
  })

  test('by several at once resolves each wait once, and loses none', async () => {
    const tasks = await Promise.all(Array.from({ length: 30 }, () => waiting(timerOf('t1', 5), askAge('q1', 5))))
    const others = [openEngine(store), openEngine(store), openEngine(store)]
    await Promise.all([sweep(), ...others.map((other) => other.sweep())])
    const wakes = [...woken, ...others.flatMap((other) => other.woken)]
    for (const { id } of tasks) {
      expect((await store.tasks.readJournal(id)).map(({ key }) => key).sort()).toEqual(['q1', 't1'])
      // Once by its submission, and once now.
      expect(wakes.filter((woke) => woke === id)).toHaveLength(2)
    }
  })
})
