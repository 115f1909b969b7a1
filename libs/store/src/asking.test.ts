import { type Principal, partitionOf, type Question, type Wait } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { answerTo, callOf, newDraft, questionOf } from './fixtures/drafts.ts'
import { openEngine, PRINCIPAL, refusal } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { askingKey } from './keys.ts'

const store = await openStore()
const { tasks, redis } = store
const { engine, submit, claim, sweep } = openEngine(store, { listPageSize: 2 })

const named = (subject: string, changed: Partial<Principal> & { tenant?: string } = {}): Principal => {
  const { tenant, scopes = [] } = changed
  return { owner: { ...PRINCIPAL.owner, subject, ...(tenant && { tenant }) }, scopes }
}
const BEN = named('ben')
const APPROVER = named('eve', { scopes: ['tasks:read', 'tasks:answer'] })

async function ask(taskId: string, ...waits: Wait[]): Promise<void> {
  const { ledger } = await claim(taskId)
  await ledger.suspend({ entries: [], waits, dueAt: 9e12 })
}
const questionFor = (key: string, question: Question): Wait => ({ ...(questionOf(key) as object), question }) as Wait
const listed = async (principal: Principal, cursor?: string) => {
  const { asking, nextCursor } = await engine.listAsking(principal, cursor)
  return { ids: asking.map(({ task }) => task.id), nextCursor }
}
/** A task of somebody that asks. */
async function asking(principal: Principal): Promise<string> {
  const { id } = await submit({ principal })
  await ask(id, questionOf('q1'))
  return id
}

describe('what people are asked', () => {
  test('is listed by tasks until it is answered', async () => {
    const { id } = await submit()
    expect(await engine.listAsking(PRINCIPAL)).toEqual({ asking: [] })
    await ask(
      id,
      questionOf('q1'),
      questionFor('m1', { method: 'sampling/createMessage', said: { context: {} } as never }),
    )
    expect(await engine.listAsking(PRINCIPAL)).toMatchObject({
      asking: [{ task: { id, status: 'input_required' }, questions: [{ wait: { key: 'q1' } }] }],
    })
    await tasks.resolve(id, answerTo('q1', 'Ben'))
    await tasks.resolve(id, answerTo('m1', 'Ben'))
    expect(await listed(PRINCIPAL)).toEqual({ ids: [] })
    expect(await redis.keys('*:asking')).toEqual([])
    await ask(id, questionOf('q2'))
    expect(await listed(PRINCIPAL)).toEqual({ ids: [id] })
  })

  test('is not what only the model of a client, or the sender of a request, can answer', async () => {
    const { id } = await submit()
    await ask(id, questionFor('r1', { method: 'roots/list' }))
    const served = newDraft({ serves: { kind: 'resource', uri: 'a:b' } as never })
    await tasks.create(served)
    await ask(served.id, questionOf('q1'))
    expect(await redis.keys('*:asking')).toEqual([])
  })

  test.each(['at once', 'with what else it had to say', 'on leaving'])(
    'is listed where a task below asks %s',
    async (how) => {
      const root = await submit()
      const call = callOf({ ...root, args: {} }, 'c1')
      await (await claim(root.id)).ledger.suspend({ entries: [], ...call, dueAt: 9e12 })
      const [child] = call.children
      const { ledger } = await claim(child.id)
      const write = { entries: [], waits: [questionOf('q1')] }
      if (how === 'at once') await ledger.save(write)
      else if (how === 'on leaving') await ledger.handBack({ ...write, dueInMs: 0 })
      else
        await ledger.save({
          ...write,
          settlements: [{ step: 'm1', spent: { tokens: 1, nanoUsd: 0, turns: 1, toolCalls: 0 } }],
        })
      expect(await engine.listAsking(APPROVER)).toMatchObject({
        asking: [
          { task: { id: root.id }, questions: [{ wait: { key: `${child.id}/q1` }, asker: { taskId: child.id } }] },
        ],
      })
      await engine.cancel(PRINCIPAL, root.id)
      expect(await listed(APPROVER)).toEqual({ ids: [] })
    },
  )

  test.each(['budgeted', 'handed back'])('is listed where a task asks that is %s', async (how) => {
    const { id } = await submit({ budget: { turns: 3 } })
    const { ledger } = await claim(id)
    const write = { entries: [], waits: [questionOf('q1')] }
    const most = { tokens: 0, nanoUsd: 0, turns: 1, toolCalls: 0 }
    if (how === 'budgeted') await ledger.save({ ...write, reservations: [{ step: 'm1', most }] })
    else await ledger.handBack({ ...write, dueInMs: 0 })
    expect(await listed(PRINCIPAL)).toEqual({ ids: [id] })
  })

  test('is forgotten with its task', async () => {
    const id = await asking(PRINCIPAL)
    await engine.cancel(PRINCIPAL, id)
    expect(await redis.zcard(askingKey(partitionOf(id)))).toBe(1)
    await redis.hset((await redis.keys(`*:task:${id}`))[0] ?? '', 'removable', 1)
    await store.makeDue(id)
    await sweep()
    expect(await redis.keys('*')).not.toContain(askingKey(partitionOf(id)))
  })
})

describe('who is told', () => {
  test('is the owner, and who may see and answer the tasks of others; nobody else', async () => {
    const [annas, bens] = [await asking(PRINCIPAL), await asking(BEN)]
    expect(await listed(PRINCIPAL)).toEqual({ ids: [annas] })
    expect(await listed(BEN)).toEqual({ ids: [bens] })
    expect(await listed(named('eve'))).toEqual({ ids: [] })
    for (const scopes of [['tasks:read'], ['tasks:answer'], ['tasks:read', 'tasks:cancel']] as const)
      expect(await listed(named('eve', { scopes }))).toEqual({ ids: [] })
    for (const scopes of [['tasks:read', 'tasks:answer'], ['tasks:admin']] as const)
      expect((await listed(named('eve', { scopes }))).ids.toSorted()).toEqual([annas, bens].toSorted())
  })

  test('within a tenant hears of that only, and nothing of others by a cursor', async () => {
    const [one, two] = [named('a', { tenant: 't1' }), named('b', { tenant: 't2' })]
    const ours = [await asking(one), await asking(one)]
    await asking(two)
    await asking(PRINCIPAL)
    const approver = named('eve', { tenant: 't1', scopes: ['tasks:admin'] })
    const { ids, nextCursor } = await listed(approver)
    // Those that began to ask in the same millisecond come in any order.
    expect(ids.toSorted()).toEqual(ours.toSorted())
    expect(nextCursor).toBeUndefined()
  })

  test('goes from page to page, the longest wait first, whatever was answered meanwhile', async () => {
    const ids = []
    for (const subject of ['a', 'b', 'c', 'd', 'e']) ids.push(await asking(named(subject)))
    // Three at the same time, in whatever order.
    for (const id of ids.slice(1, 4)) await redis.zadd(askingKey(partitionOf(id)), 5, id)
    await redis.zadd(askingKey(partitionOf(ids[0] ?? '')), 1, ids[0] ?? '')
    const order = [ids[0], ...ids.slice(1, 4).toSorted(), ids[4]]
    const first = await listed(APPROVER)
    expect(first.ids).toEqual(order.slice(0, 2))
    await tasks.resolve(order[1] ?? '', answerTo('q1', 'Ben'))
    const second = await listed(APPROVER, first.nextCursor)
    expect(second.ids).toEqual(order.slice(2, 4))
    expect(await listed(APPROVER, second.nextCursor)).toEqual({ ids: order.slice(4), nextCursor: undefined })
    expect(await refusal(engine.listAsking(APPROVER, 'x'))).toMatchObject({ code: 'cursor_invalid' })
  })

  test('finds those that ask behind any number that do so no more', async () => {
    const over = await Promise.all(Array.from({ length: 450 }, () => submit({ principal: BEN })))
    await Promise.all(over.map(({ id }) => redis.zadd(askingKey(partitionOf(id)), 1, id)))
    const id = await asking(BEN)
    expect(await listed(BEN)).toEqual({ ids: [id] })
    expect(await redis.zcard(askingKey(partitionOf(id)))).toBe(1)
  })
})
