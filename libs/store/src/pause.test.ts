import type { Claimed, Task } from '@longhaul/task'
import { describe, expect, test, vi } from 'vitest'
import { answerTo, callOf, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine, PRINCIPAL, refusal } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const { tasks, redis, settings } = store
const { engine, submit, claim, sweep, woken } = openEngine(store)

const pause = ({ id }: { readonly id: string }) => engine.pause(PRINCIPAL, id)
const resume = ({ id }: { readonly id: string }) => engine.resume(PRINCIPAL, id)
const tryToClaim = async ({ id }: { readonly id: string }) =>
  (await store.claims.claim(id, { worker: 'w2', leaseMs: 60_000 })).kind
const accept = (task: Task, key: string) =>
  engine.answer(PRINCIPAL, { taskId: task.id, key, reply: { kind: 'answer', answer: { action: 'decline' } } })
const field = ({ id }: { readonly id: string }, name: string) => redis.hget(taskKeys(id).record, name)
/** As if the task, which is paused, had been so for so much longer. */
async function ageOfPause({ id }: { readonly id: string }, ms: number): Promise<void> {
  await redis.hincrby(taskKeys(id).record, 'paused', -ms)
  await store.makeDue(id)
}

const PAUSED = /^Paused since \d{4}-\S+Z\. It goes on when it is resumed\.$/

describe('a paused task', () => {
  test('is given to nobody until it is resumed, and says so', async () => {
    const task = await submit()
    expect(await pause(task)).toMatchObject({ status: 'working', statusMessage: expect.stringMatching(PAUSED) })
    expect(await tryToClaim(task)).toBe('over')
    woken.length = 0
    await sweep()
    expect(woken).toEqual([])
    const resumed = await resume(task)
    expect(resumed.pausedAt).toBeUndefined()
    expect(resumed.statusMessage).toBeUndefined()
    expect(woken).toEqual([task.id])
    expect(await claim(task.id)).toMatchObject({ interrupted: false })
  })

  test('is let go by its worker, which reads of the pause with its next write', async () => {
    const task = await submit()
    const { ledger } = await claim(task.id)
    expect(await pause(task)).toMatchObject({ statusMessage: 'It was paused, and stops at its next step.' })
    const saved = await ledger.save({ entries: [stepDone('s1')], waits: [] })
    expect(saved).toMatchObject({ kind: 'saved', tail: [{ type: 'paused' }] })
    expect(await ledger.handBack({ ...NOTHING, dueInMs: 0 })).toEqual({ kind: 'paused' })
    expect(await engine.inspect(PRINCIPAL, task.id)).toMatchObject({ statusMessage: expect.stringMatching(PAUSED) })
    expect(await redis.hmget(taskKeys(task.id).record, 'token', 'lease', 'worker')).toEqual([null, null, null])
    expect(await tryToClaim(task)).toBe('over')
    await resume(task)
    expect((await claim(task.id)).journal).toMatchObject([{ type: 'paused' }, { key: 's1' }])
  })

  test('that is resumed before its worker has come to a step is handed back', async () => {
    const task = await submit()
    const { ledger } = await claim(task.id)
    await pause(task)
    await resume(task)
    expect(await ledger.handBack({ ...NOTHING, dueInMs: 0 })).toEqual({ kind: 'handed_back' })
    expect(await tryToClaim(task)).toBe('claimed')
  })

  test.each(['a claim', 'a sweep'])('whose worker is lost before that is left alone by %s', async (by) => {
    const task = await submit()
    await claim(task.id)
    await pause(task)
    await store.expireLease(task.id)
    woken.length = 0
    if (by === 'a sweep') await sweep()
    else expect(await tryToClaim(task)).toBe('over')
    await sweep()
    expect(woken).toEqual([])
    expect(await field(task, 'run')).toBe('paused')
    await resume(task)
    expect(await claim(task.id)).toMatchObject({ interrupted: true })
  })

  test('keeps an answer until it is resumed', async () => {
    const task = await submit()
    const { ledger } = await claim(task.id)
    await ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })
    expect(await pause(task)).toMatchObject({ status: 'input_required', statusMessage: expect.stringMatching(PAUSED) })
    woken.length = 0
    await accept(task, 'q1')
    expect(await engine.inspect(PRINCIPAL, task.id)).toMatchObject({
      status: 'working',
      statusMessage: expect.stringMatching(PAUSED),
    })
    await store.makeDue(task.id)
    await sweep()
    expect(woken).toEqual([])
    expect(await tryToClaim(task)).toBe('over')
    await resume(task)
    expect(woken).toEqual([task.id])
    expect((await claim(task.id)).journal).toMatchObject([{ key: 'q1', value: { action: 'decline' } }])
  })

  test('keeps its timers: those that end meanwhile are heard of when it is resumed', async () => {
    const task = await submit()
    const { ledger } = await claim(task.id)
    const later = Date.now() + 3_600_000
    await ledger.suspend({ entries: [], waits: [timerOf('t1', 1), timerOf('t2', later)], dueAt: 1 })
    await pause(task)
    woken.length = 0
    await sweep()
    expect(woken).toEqual([])
    expect((await tasks.readJournal(task.id)).map(({ key }) => key)).toEqual(['t1'])
    await store.makeDue(task.id)
    await sweep()
    expect(await store.dueAt(task.id)).toBe(later)
    await resume(task)
    expect((await claim(task.id)).waits).toEqual([timerOf('t2', later)])
  })

  test('can only wait, and is let go all the same', async () => {
    const task = await submit()
    const { ledger } = await claim(task.id)
    await pause(task)
    const write = { entries: [], waits: [timerOf('t1')], dueAt: 9e12 }
    expect(await ledger.suspend(write)).toMatchObject({ kind: 'resumed', tail: [{ type: 'paused' }] })
    expect(await ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'suspended' })
    expect(await field(task, 'run')).toBe('paused')
  })

  test('is cancelled as any other', async () => {
    const task = await submit()
    await pause(task)
    expect(await engine.cancel(PRINCIPAL, task.id)).toMatchObject({ status: 'cancelled' })
    expect(await engine.inspect(PRINCIPAL, task.id)).not.toHaveProperty('pausedAt')
  })

  test('starts at its time, or at once when that has passed', async () => {
    const startAt = Date.now() + 3_600_000
    const [early, late] = [await submit({ startAt }), await submit({ startAt })]
    await Promise.all([pause(early), pause(late)])
    await resume(early)
    expect(await store.dueAt(early.id)).toBe(startAt)
    expect(await engine.inspect(PRINCIPAL, early.id)).toMatchObject({ statusMessage: expect.stringMatching('starts') })
    const { record } = taskKeys(late.id)
    await redis.hset(record, 'head', JSON.stringify({ ...late.head, startAt: 1 }))
    expect((await resume(late)).statusMessage).toBeUndefined()
    expect(await tryToClaim(late)).toBe('claimed')
  })

  test('fails when nobody resumes it for long', async () => {
    const task = await submit()
    await pause(task)
    await ageOfPause(task, settings.maxPauseMs - 60_000)
    await sweep()
    expect(await field(task, 'status')).toBe('working')
    await ageOfPause(task, 60_001)
    await sweep()
    expect(await engine.inspect(PRINCIPAL, task.id)).toMatchObject({
      status: 'failed',
      statusMessage: `pause_timeout: The task was paused for longer than it may be, ${settings.maxPauseMs} ms. (LONGHAUL_MAX_PAUSE_MS)`,
    })
  })
})

describe('the time that a task may take', () => {
  async function timed(): Promise<Task & { claimed: Claimed }> {
    const draft = newDraft({ timeoutMs: 50_000 })
    await tasks.create(draft)
    const claimed = await claim(draft.id)
    return { ...(await engine.inspect(PRINCIPAL, draft.id)), claimed }
  }
  const waited = async (task: Task) => Number(await field(task, 'waited'))

  test('stands still while it is paused', async () => {
    const task = await timed()
    await pause(task)
    await task.claimed.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    await redis.hincrby(taskKeys(task.id).record, 'ends', -60_000)
    await ageOfPause(task, 60_000)
    await sweep()
    expect(await field(task, 'status')).toBe('working')
    await resume(task)
    expect(await waited(task)).toBeGreaterThanOrEqual(60_000)
    expect(await tryToClaim(task)).toBe('claimed')
  })

  test.each([
    ['is answered while it is paused', ['answer', 'resume']],
    ['outlasts its pause', ['resume', 'answer']],
  ])('counts a question once that %s', async (_, order) => {
    const task = await timed()
    await task.claimed.ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })
    const { record } = taskKeys(task.id)
    await redis.hincrby(record, 'asked', -30_000)
    await pause(task)
    await redis.hincrby(record, 'paused', -20_000)
    for (const step of order) {
      if (step === 'resume') await resume(task)
      else await tasks.resolve(task.id, answerTo('q1', 'Ben'))
    }
    expect(Math.floor((await waited(task)) / 10_000)).toBe(3)
    expect(await redis.hmget(record, 'asked', 'paused')).toEqual([null, null])
  })
})

test('the clock of a task that asks on its way to its next step stands since its pause', async () => {
  const task = await submit()
  const { ledger } = await claim(task.id)
  await pause(task)
  const { record } = taskKeys(task.id)
  await redis.hincrby(record, 'paused', -30_000)
  await ledger.save({ entries: [], waits: [questionOf('q1')] })
  await ledger.suspend({ ...NOTHING, dueAt: 9e12 })
  await resume(task)
  await tasks.resolve(task.id, answerTo('q1', 'Ben'))
  expect(Math.floor(Number(await field(task, 'waited')) / 10_000)).toBe(3)
})

describe('pausing', () => {
  test('twice, and resuming twice, changes nothing more', async () => {
    const task = await submit()
    const paused = await pause(task)
    expect(await pause(task)).toEqual(paused)
    const resumed = await resume(task)
    woken.length = 0
    expect(await resume(task)).toEqual(resumed)
    expect(woken).toEqual([])
  })

  test('a task that runs is refused once its journal is full, so that pauses do not make it grow for ever', async () => {
    const { engine, claim } = openEngine(store, { maxJournalEntries: 3 })
    const task = await submit()
    const { ledger } = await claim(task.id)
    for (let times = 0; times < 3; times++) {
      await engine.pause(PRINCIPAL, task.id)
      await engine.resume(PRINCIPAL, task.id)
    }
    const before = await redis.hgetall(taskKeys(task.id).record)
    expect(await refusal(engine.pause(PRINCIPAL, task.id))).toEqual({
      code: 'too_large',
      message:
        'Cannot pause the task while it runs: its journal has 3 records, the most there may be (LONGHAUL_MAX_JOURNAL_ENTRIES), and each pause adds one. It ends at its next step, or can be cancelled.',
    })
    expect(await redis.hgetall(taskKeys(task.id).record)).toEqual(before)
    expect(await tasks.readJournal(task.id)).toHaveLength(3)
    // While nobody runs it nobody has to be told.
    await ledger.suspend({ ...NOTHING, dueAt: 9e12 })
    await ledger.suspend({ ...NOTHING, dueAt: 9e12 })
    expect(await engine.pause(PRINCIPAL, task.id)).toHaveProperty('pausedAt')
  })

  test('and resuming a task that is over, or of somebody else, is refused', async () => {
    const task = await submit()
    await engine.cancel(PRINCIPAL, task.id)
    expect(await refusal(pause(task))).toEqual({
      code: 'task_finished',
      message: 'Cannot pause the task: it is over already.',
    })
    expect(await refusal(resume(task))).toEqual({
      code: 'task_finished',
      message: 'Cannot resume the task: it is over already.',
    })
    const stranger = { ...PRINCIPAL, owner: { ...PRINCIPAL.owner, subject: 'ben' } }
    for (const verb of [engine.pause.bind(engine), engine.resume.bind(engine)]) {
      const refused = { code: 'task_not_found', message: 'Task not found' }
      expect(await refusal(verb(stranger, task.id))).toEqual(refused)
      expect(await refusal(verb(stranger, 'nothing'))).toEqual(refused)
    }
  })

  test('a task pauses those below it, and so does resuming; what it calls on its way to its next step begins paused', async () => {
    const root = await submit()
    const { ledger } = await claim(root.id)
    const first = callOf({ ...root, args: {} }, 'c1')
    await ledger.save({ entries: [], ...first })
    const [one] = first.children
    const child = await claim(one.id)
    const below = callOf(one, 'c2')
    await child.ledger.save({ entries: [], ...below })
    const [grandchild] = below.children

    await pause(root)
    const late = callOf({ ...root, args: {} }, 'c3')
    const suspended = await ledger.suspend({ entries: [], ...late, dueAt: 9e12 })
    expect(suspended).toMatchObject({ kind: 'resumed', tail: [{ type: 'paused' }] })
    await ledger.suspend({ ...NOTHING, dueAt: 9e12 })
    await child.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const all = [root, one, grandchild, late.children[0]]
    for (const each of all) expect(await tryToClaim(each)).toBe('over')
    woken.length = 0
    await resume(root)
    expect(woken.toSorted()).toEqual(all.map(({ id }) => id).toSorted())
    for (const each of all) expect(await claim(each.id)).toMatchObject({ interrupted: false })
    await engine.cancel(PRINCIPAL, root.id)
  })

  test.each([
    { first: pause, overtakes: resume, at: 0, become: ['goes on', 'goes on', 'goes on'] },
    { first: resume, overtakes: pause, at: 0, become: ['paused', 'paused', 'paused'] },
    { first: pause, overtakes: resume, at: 1, become: ['paused', 'goes on', 'goes on'] },
    { first: resume, overtakes: pause, at: 1, become: ['goes on', 'paused', 'paused'] },
  ])(
    'leaves those below a task as that is when it is overtaken: a $first.name by a $overtakes.name at level $at',
    async (each) => {
      const root = await submit()
      const call = callOf({ ...root, args: {} }, 'c1')
      await (await claim(root.id)).ledger.save({ entries: [], ...call })
      const [child] = call.children
      const below = callOf(child, 'c2')
      await (await claim(child.id)).ledger.save({ entries: [], ...below })
      const tree = [root, child, ...below.children]
      if (each.first === resume) await pause(root)

      const { readBelow } = RedisTaskStore.prototype
      const reading = vi.spyOn(RedisTaskStore.prototype, 'readBelow')
      for (let level = 0; level <= each.at; level++) {
        reading.mockImplementationOnce(async function (this: RedisTaskStore, id) {
          const before = await readBelow.call(this, id)
          if (level === each.at) await each.overtakes(tree[level] ?? root)
          return before
        })
      }
      await each.first(root)
      reading.mockRestore()
      const states = await Promise.all(tree.map(async (one) => ((await field(one, 'paused')) ? 'paused' : 'goes on')))
      expect(states).toEqual(each.become)
      await engine.cancel(PRINCIPAL, root.id)
    },
  )
})
