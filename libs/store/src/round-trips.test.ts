import { readFileSync } from 'node:fs'
import { closeUp } from '@longhaul/engine'
import { NO_AMOUNTS } from '@longhaul/task'
import { startStoreProxy } from '@longhaul/testbed'
import { afterAll, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { RedisDueStore } from './due-store.ts'
import { answerTo, callOf, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine, PRINCIPAL } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const proxy = await startStoreProxy(store.url)
const connection = new Connection({ url: proxy.url, settings: store.settings, whenAway: 'fail' })
const { engine, submit } = openEngine(store, {}, connection)
const claims = new RedisClaimStore(connection, store.settings)
const due = new RedisDueStore(connection, store.settings)
afterAll(async () => {
  await connection.close()
  await proxy.stop()
})

const ONE_TURN = { ...NO_AMOUNTS, turns: 1 }

/** Commands that the store has run by name, those inside scripts included. */
async function commands(): Promise<Map<string, number>> {
  const stats = await store.redis.info('commandstats')
  return new Map([...stats.matchAll(/cmdstat_(\S+):calls=(\d+)/g)].map(([, name = '', calls]) => [name, Number(calls)]))
}
/** Commands that say nothing about the work: looking, counting, connecting, and scripts as such. */
const ASIDE = /^(info|config|hello|client|eval|evalsha|time)\b/

/** What a verb costs: round trips, and commands that the store runs for it. */
async function cost(work: () => Promise<unknown>): Promise<{ roundTrips: number; commands: number }> {
  const [trips, before] = [proxy.roundTrips, await commands()]
  await work()
  const after = await commands()
  const names = [...after.keys()].filter((name) => !ASIDE.test(name))
  const ran = names.map((name) => (after.get(name) ?? 0) - (before.get(name) ?? 0))
  return { roundTrips: proxy.roundTrips - trips, commands: ran.reduce((sum, one) => sum + one, 0) }
}

test('each verb costs as many round trips and commands as the README says', async () => {
  await store.redis.config('RESETSTAT')
  const claim = async (taskId: string) => {
    const claimed = await claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })
    if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
    return claimed
  }
  const { id } = await submit()
  const first = await claim(id)
  const costs = new Map<string, { roundTrips: number; commands: number }>()
  const measure = async <T>(verb: string, work: () => Promise<T>): Promise<T> => {
    const result = Promise.withResolvers<T>()
    costs.set(verb, await cost(async () => result.resolve(await work())))
    return result.promise
  }

  const task = await measure('submit', () => submit())
  await measure('inspect', () => engine.inspect(PRINCIPAL, id))
  await measure('inspectOutcome', () => engine.inspectOutcome(PRINCIPAL, id))
  const { ledger, runId } = await measure('claim', () => claim(task.id))
  await measure('renew, 2 tasks', () =>
    claims.renew(
      [
        { taskId: task.id, runId },
        { taskId: id, runId: first.runId },
      ],
      60_000,
    ),
  )
  await measure('save, 1 record', () => ledger.save({ entries: [stepDone('s1')], waits: [] }))
  await measure('save, 3 records', () =>
    ledger.save({ entries: [stepDone('s2'), stepDone('s3'), stepDone('s4')], waits: [] }),
  )
  await measure('save, 1 record and a question', () =>
    ledger.save({ entries: [stepDone('s5')], waits: [questionOf('q1')] }),
  )
  await measure('progress', () => ledger.progress({ progress: 1 }))
  await measure('suspend', () => ledger.suspend({ ...NOTHING, dueAt: 9e12 }))
  await measure('openQuestions, elicitation', () => engine.openQuestions(task))
  await measure('answer', () =>
    engine.answer(PRINCIPAL, {
      taskId: task.id,
      key: 'q1',
      reply: { kind: 'answer', answer: { action: 'accept', content: {} } },
    }),
  )
  const again = await claim(task.id)
  await measure('finish, 1 record', () =>
    again.ledger.finish({ entries: [stepDone('s6')], waits: [], outcome: { kind: 'result', result: { content: [] } } }),
  )
  await measure('pause', () => engine.pause(PRINCIPAL, id))
  await measure('resume', () => engine.resume(PRINCIPAL, id))
  await measure('cancel', () => engine.cancel(PRINCIPAL, id))
  await measure('list, first page of 2', () => engine.list(PRINCIPAL))
  await measure('sweep, nothing due', () => due.due(Date.now(), 200))
  const root = await submit()
  const calling = await claim(root.id)
  const called = callOf({ ...root, args: {} }, 'c1')
  await measure('suspend, and call a child', () => calling.ledger.suspend({ entries: [], ...called, dueAt: 9e12 }))
  const [{ id: childId }] = called.children
  const child = await claim(childId)
  await measure('save a question, one task above', () => child.ledger.save({ entries: [], waits: [questionOf('q1')] }))
  await store.tasks.resolve(childId, answerTo('q1', 'Ben'), [root.id])
  const outcome = { kind: 'result', result: { content: [] } } as const
  await child.ledger.finish({ entries: [], waits: [], outcome })
  const tasks = new RedisTaskStore(connection, store.settings)
  await measure('tell the parent of the end of a child', () =>
    closeUp({ store: tasks, wakeUps: { wake: async () => {} } }, childId),
  )
  const steerable = newDraft({ steerable: true })
  await store.tasks.create(steerable)
  await measure('steer', () => engine.steer(PRINCIPAL, { taskId: steerable.id, message: 'Go west.' }))
  const { id: budgeted } = await submit({ budget: { turns: 1 } })
  const spender = await claim(budgeted)
  const [spent, most] = [ONE_TURN, ONE_TURN]
  await spender.ledger.save({ ...NOTHING, reservations: [{ step: 'm1', most: NO_AMOUNTS }] })
  const settling = { entries: [stepDone('m1')], waits: [], settlements: [{ step: 'm1', spent }] }
  const saved = await measure('save, 1 record, settle and reserve', () =>
    spender.ledger.save({ ...settling, reservations: [{ step: 'm2', most }] }),
  )
  const shortage = saved.kind === 'saved' ? saved.shortages?.[0] : undefined
  if (!shortage) return expect.fail('There is room for two turns.')
  const wait = { ...timerOf('m2!b1'), wait: 'timer', kind: 'budget' } as const
  const question = { method: 'elicitation/create', message: 'More?', requestedSchema: { type: 'object' } } as const
  await measure('wait for a budget, and ask', () =>
    spender.ledger.awaitBudget({ reservation: { step: 'm2', most }, shortage, wait, question }),
  )
  await measure('raise a budget', () =>
    tasks.closeAsk({ account: budgeted, ask: 1, limit: 'turns' }, { kind: 'raise', to: 2 }),
  )
  await spender.ledger.save({ ...NOTHING, reservations: [{ step: 'm2', most }] })
  const over = await store.tasks.read(budgeted)
  if (!over) return expect.fail('The task has gone.')
  await store.tasks.cancel(over, 'enough')
  await measure('release what an ended task holds', () => tasks.releaseBudgets(over))
  await store.tasks.close(over)
  expect(await store.tasks.resolve(task.id, answerTo('q1', 'Ben'))).toBe('not_open')

  const rows = [...costs].map(([verb, { roundTrips, commands }]) => `| ${verb} | ${roundTrips} | ${commands} |`)
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const table = readme.split('\n').filter((line) => /^\| .* \| \d+ \| \d+ \|$/.test(line))
  expect(rows).toEqual(table)
})

test('the journal is read with the claim, however long it is', async () => {
  const { id } = await submit()
  const claimed = await claims.claim(id, { worker: 'w1', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
  await claimed.ledger.save({
    entries: Array.from({ length: 2000 }, (_, n) => stepDone(`s${n}`)),
    waits: [timerOf('t1')],
  })
  await claimed.ledger.handBack({ ...NOTHING, dueInMs: 0 })
  const { roundTrips } = await cost(async () => {
    const again = await claims.claim(id, { worker: 'w1', leaseMs: 60_000 })
    expect(again).toMatchObject({ waits: [timerOf('t1')] })
    expect(again.kind === 'claimed' && again.journal.length).toBe(2000)
  })
  expect(roundTrips).toBe(1)
})
