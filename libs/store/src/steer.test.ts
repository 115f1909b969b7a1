import { NO_AMOUNTS, type TaskDraft } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { NOTHING, newDraft, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine, PRINCIPAL, refusal } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'

const store = await openStore()
const { tasks } = store
const { engine, submit, claim } = openEngine(store, { maxSteers: 2, maxSteerBytes: 20 })

const OUTCOME = { kind: 'result', result: { content: [] } } as const
const steer = ({ id: taskId }: { readonly id: string }, message = 'Go west.') =>
  engine.steer(PRINCIPAL, { taskId, message })

async function submitSteerable(changed: Partial<TaskDraft['head']> = {}): Promise<TaskDraft> {
  const draft = newDraft({ steerable: true, ...changed })
  await tasks.create(draft)
  return draft
}

describe('a message to the model of a task', () => {
  test('is read by whoever has it with the next write, and by whoever takes it later with the claim', async () => {
    const task = await submitSteerable()
    const { ledger } = await claim(task.id)
    expect(await steer(task)).toMatchObject({ id: task.id, status: 'working' })
    const steered = { type: 'steered', text: 'Go west.' }
    expect(await ledger.save({ entries: [stepDone('s1')], waits: [] })).toMatchObject({ tail: [steered] })
    await ledger.suspend({ entries: [], waits: [timerOf('t1')], dueAt: 9e12 })
    await steer(task, 'Go east.')
    expect((await store.claims.claim(task.id, { worker: 'w2', leaseMs: 60_000 })).kind).toBe('over')
    await tasks.resolve(task.id, stepDone('t1'))
    const { journal } = await claim(task.id)
    expect(journal).toMatchObject([steered, { key: 's1' }, { type: 'steered', text: 'Go east.' }, { key: 't1' }])
  })

  test('that comes before anybody has taken the task is read with the first claim', async () => {
    const task = await submitSteerable()
    await steer(task)
    expect((await claim(task.id)).journal).toMatchObject([{ type: 'steered', text: 'Go west.' }])
  })

  test('that its worker does not know of keeps it from ending', async () => {
    const task = await submitSteerable()
    const { ledger } = await claim(task.id)
    await steer(task)
    expect(await ledger.finish({ entries: [stepDone('s1')], waits: [], outcome: OUTCOME })).toEqual({
      kind: 'handed_back',
    })
    const again = await claim(task.id)
    expect(again.journal).toMatchObject([{ type: 'steered' }, { key: 's1' }])
    expect(await again.ledger.finish({ ...NOTHING, outcome: OUTCOME })).toEqual({ kind: 'finished' })
  })

  test('keeps a paused one from ending, too, and it stays paused', async () => {
    const task = await submitSteerable()
    const { ledger } = await claim(task.id)
    await steer(task)
    await engine.pause(PRINCIPAL, task.id)
    expect(await ledger.finish({ ...NOTHING, outcome: OUTCOME })).toEqual({ kind: 'paused' })
    expect((await store.claims.claim(task.id, { worker: 'w2', leaseMs: 60_000 })).kind).toBe('over')
  })

  test.each([false, true])(
    'keeps one from ending that settles its budget with its end (paused: %s)',
    async (isPaused) => {
      const task = await submitSteerable({ budget: { turns: 5, atLimit: 'end' } })
      const { ledger } = await claim(task.id)
      const most = { ...NO_AMOUNTS, turns: 1 }
      await ledger.save({ ...NOTHING, reservations: [{ step: 'm1', most }] })
      await steer(task)
      if (isPaused) await engine.pause(PRINCIPAL, task.id)
      const settlements = [{ step: 'm1', spent: most }]
      const kind = isPaused ? 'paused' : 'handed_back'
      expect(await ledger.finish({ entries: [stepDone('m1')], waits: [], settlements, outcome: OUTCOME })).toEqual({
        kind,
      })
      expect(await tasks.readBudget(task.id)).toMatchObject({ used: most, held: NO_AMOUNTS })
      if (isPaused) await engine.resume(PRINCIPAL, task.id)
      const again = await claim(task.id)
      expect(again.journal.filter(({ type }) => type !== 'paused')).toMatchObject([{ type: 'steered' }, { key: 'm1' }])
      expect(await again.ledger.finish({ ...NOTHING, outcome: OUTCOME })).toEqual({ kind: 'finished' })
    },
  )

  test('is kept once when it is sent again, since nobody knows whether it arrived', async () => {
    const { id: taskId } = await submitSteerable()
    for (const key of ['a', 'b', 'a', 'b']) await engine.steer(PRINCIPAL, { taskId, message: `Go ${key}.`, key })
    expect(await tasks.readJournal(taskId)).toMatchObject([{ text: 'Go a.' }, { text: 'Go b.' }])
    const spaced = engine.steer(PRINCIPAL, { taskId, message: 'Go.', key: 'a b' })
    expect(await refusal(spaced)).toMatchObject({ code: 'arguments_invalid' })
  })

  test('is refused when it says nothing, is too large, or one too many', async () => {
    const task = await submitSteerable()
    expect(await refusal(steer(task, ' '))).toMatchObject({ code: 'arguments_invalid' })
    expect(await refusal(steer(task, 'ä'.repeat(11)))).toEqual({
      code: 'too_large',
      message: 'The message is 22 bytes; the most is 20 (LONGHAUL_MAX_STEER_BYTES).',
    })
    await steer(task, 'one')
    await steer(task, 'two')
    expect(await refusal(steer(task, 'three'))).toEqual({
      code: 'too_many_messages',
      message: 'Cannot steer the task: 2 messages were sent to it, the most there may be (LONGHAUL_MAX_STEERS).',
    })
    expect(await tasks.readJournal(task.id)).toHaveLength(2)
  })

  test('is refused by a task that is over, that has no model, or of somebody else', async () => {
    const task = await submitSteerable()
    await engine.cancel(PRINCIPAL, task.id)
    expect(await refusal(steer(task))).toEqual({
      code: 'task_finished',
      message: 'Cannot steer the task: it is over already.',
    })
    const stranger = { ...PRINCIPAL, owner: { ...PRINCIPAL.owner, subject: 'ben' } }
    for (const taskId of [task.id, 'nothing']) {
      expect(await refusal(engine.steer(stranger, { taskId, message: 'Go west.' }))).toEqual({
        code: 'task_not_found',
        message: 'Task not found',
      })
    }
    expect(await refusal(steer(await submit()))).toEqual({
      code: 'task_not_steerable',
      message: "Cannot steer the task: 'research' has no model that would take a message.",
    })
  })
})
