import { defineTool, type Tool, toCatalogEntry } from '@longhaul/runtime'
import { CatalogAnnouncer, RedisClaimStore } from '@longhaul/store'
import { type ClaimStore, partitionOf, type Settings } from '@longhaul/task'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openRunner as openRunnerOf, wakeUpOf } from '../test/open-runner.ts'
import { openStoreOfFile, testSettings } from '../test/worker-store.ts'
import type { Renewal } from './lease-messages.ts'

const SECRET = 'argument-argument'
/** Resolved by the tool `hold` when it runs, and what lets it end. */
let holding = Promise.withResolvers<AbortSignal>()
let release = Promise.withResolvers<void>()
/** Times that the tool `two` did its second step. */
let seconds = 0

const tool = (name: string, execute: Tool['execute']) =>
  defineTool({
    name,
    description: 'A test.',
    inputSchema: { type: 'object' },
    inDoubt: 'repeat',
    execute: execute as never,
  })
const say = (text: string) => ({ content: [{ type: 'text', text }] as const })
const TOOLS = [
  tool('look', async () => say('seen')),
  tool('fail', async ({ at }) => {
    throw new TypeError(`cannot ${at}`)
  }),
  tool('ask', async (_args, ctx) => {
    const { action } = await ctx.elicit({ key: 'go', message: 'Go on?', schema: { type: 'object', properties: {} } })
    return say(action)
  }),
  tool('hold', async (_args, ctx) => {
    await ctx.step('s', ({ signal }) => {
      holding.resolve(signal)
      return release.promise
    })
    return say('held')
  }),
  tool('two', async (_args, ctx) => {
    await ctx.step('first', ({ signal }) => {
      holding.resolve(signal)
      return release.promise
    })
    await ctx.step('second', () => {
      seconds++
    })
    return say('both')
  }),
]

const store = await openStoreOfFile({ isKept: true })
beforeAll(async () => {
  await new CatalogAnnouncer(store.connection, testSettings()).announce(TOOLS.map(toCatalogEntry))
})
afterEach(async () => {
  holding = Promise.withResolvers()
  release = Promise.withResolvers()
  seconds = 0
})

const openRunner = ({
  tools = TOOLS,
  claims,
  ...changed
}: Partial<Settings> & { tools?: readonly Tool[]; claims?: ClaimStore } = {}) =>
  openRunnerOf(store, tools, { ...changed, ...(claims && { claims }) })

/** Claims that are made at once, and whose answers come once `read` is resolved. */
function slowToAnswer() {
  const claims = new RedisClaimStore(store.connection, testSettings())
  const [made, read] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow: ClaimStore = {
    claim: async (id, by) => {
      const answer = await claims.claim(id, by)
      made.resolve()
      await read.promise
      return answer
    },
    readPin: (id, hash) => claims.readPin(id, hash),
    renew: (runs, leaseMs) => claims.renew(runs, leaseMs),
    carryOver: (held) => claims.carryOver(held),
  }
  return { claims: slow, made, read }
}

test('runs a task to its end', async () => {
  const taskId = await store.submit('look')
  const { runner } = openRunner()
  await runner.advance(wakeUpOf(taskId))
  expect(await store.outcome(taskId)).toBe('{"kind":"result","result":{"content":[{"type":"text","text":"seen"}]}}')
  expect(runner.size).toBe(0)
})

test('lets a task go that waits, and goes on when it is answered', async () => {
  const taskId = await store.submit('ask')
  const { runner } = openRunner()
  await runner.advance(wakeUpOf(taskId))
  expect(await store.status(taskId)).toBe('input_required')
  expect(runner.size).toBe(0)
  const reply = { kind: 'answer', answer: { action: 'decline' } } as const
  await store.engine.answer(store.principal, { taskId, key: 'go', reply })
  await runner.advance(wakeUpOf(taskId))
  expect(await store.outcome(taskId)).toContain('decline')
})

test('does nothing with a task that another worker runs, that is over, or that never was', async () => {
  const [taskId, finished] = await Promise.all([store.submit('hold'), store.submit('look')])
  const first = openRunner()
  const running = first.runner.advance(wakeUpOf(taskId))
  await holding.promise
  const second = openRunner()
  await second.runner.advance(wakeUpOf(taskId))
  await second.runner.advance(wakeUpOf(finished))
  await second.runner.advance(wakeUpOf(finished))
  await second.runner.advance(wakeUpOf(`00${'A'.repeat(22)}`))
  expect(second.said()).toEqual(['the task is finished'])
  release.resolve()
  await running
  expect(await store.status(taskId)).toBe('completed')
})

test('keeps the leases of what it has in hand, and lets go of what is lost', async () => {
  const taskId = await store.submit('hold')
  const { runner, said, lines } = openRunner({ leaseMs: 300 })
  const done = runner.advance(wakeUpOf(taskId))
  const signal = await holding.promise
  const lease = () => store.redis.hget(`{lh:${taskId.slice(0, 2)}}:task:${taskId}`, 'lease')
  const before = Number(await lease())
  await expect.poll(async () => Number(await lease()), { timeout: 10_000 }).toBeGreaterThan(before)
  expect(runner.size).toBe(1)

  await store.engine.cancel(store.principal, taskId)
  expect(signal.aborted).toBe(false)
  await done
  expect(signal.aborted).toBe(true)
  expect(runner.size).toBe(0)
  expect(said()).toEqual(['the task was let go'])
  expect(lines.at(-1)).toContain('"why":"its lease is gone: it has ended, or another worker has taken it over"')
})

test('keeps a claim of which the store knew nothing, since it was asked right before', async () => {
  const taskId = await store.submit('hold')
  const claims = new RedisClaimStore(store.connection, testSettings())
  const unknown = Promise.withResolvers<Renewal>()
  const slow: ClaimStore = {
    claim: async (id, by) => {
      await unknown.promise
      return claims.claim(id, by)
    },
    readPin: (id, hash) => claims.readPin(id, hash),
    renew: (runs, leaseMs) => claims.renew(runs, leaseMs),
    carryOver: (held) => claims.carryOver(held),
  }
  const { runner, leases } = openRunner({ claims: slow, leaseMs: 300 })
  leases.onRenewed((renewal) => unknown.resolve(renewal))
  const done = runner.advance(wakeUpOf(taskId))
  const signal = await holding.promise
  // The other thread's message was on its way.
  runner.news.learn(await unknown.promise)
  expect((await unknown.promise).records).toBeUndefined()
  expect(signal.aborted).toBe(false)
  release.resolve()
  await done
  expect(await store.status(taskId)).toBe('completed')
})

test('lets the step end of a task that was claimed while the store may have lost records, and claims it anew', async () => {
  const taskId = await store.submit('two')
  const { runner, said } = openRunner()
  const done = runner.advance(wakeUpOf(taskId))
  const signal = await holding.promise
  await runner.news.carryOver(performance.now() - 60_000)
  expect(signal.aborted).toBe(false)
  release.resolve()
  await done
  expect(said()).toEqual([
    'the task was claimed while the store may have lost records; it is claimed anew',
    'the task was handed over to another worker',
  ])
  expect(seconds).toBe(0)
  await openRunner().runner.advance(wakeUpOf(taskId))
  expect(seconds).toBe(1)
})

test('keeps the lease of a claim whose answer it has not read yet', async () => {
  const taskId = await store.submit('look')
  const { claims, made, read } = slowToAnswer()
  const { runner, leases } = openRunner({ claims, leaseMs: 300 })
  await leases.ready
  const done = runner.advance(wakeUpOf(taskId))
  await made.promise
  const lease = async () => Number(await store.redis.hget(`{lh:${partitionOf(taskId)}}:task:${taskId}`, 'lease'))
  const first = await lease()
  await expect.poll(lease, { timeout: 10_000 }).toBeGreaterThan(first + 300)
  read.resolve()
  await done
  expect(await store.outcome(taskId)).toContain('seen')
})

test('begins nothing of a task that was cancelled before the answer to its claim was read', async () => {
  const taskId = await store.submit('two')
  const { claims, made, read } = slowToAnswer()
  const { runner, said, lines } = openRunner({ claims })
  const done = runner.advance(wakeUpOf(taskId))
  await made.promise
  await store.engine.cancel(store.principal, taskId)
  runner.news.hear('lost', taskId)
  read.resolve()
  await Promise.race([done, holding.promise.then(() => expect.unreachable('its first step has begun'))])
  expect(said()).toEqual(['the task was let go'])
  expect(lines.at(-1)).toContain('"why":"it was cancelled, or its time was over"')
})

test('begins nothing of a task whose claim is answered only after the store was found to have lost records', async () => {
  const taskId = await store.submit('two')
  const { claims, made, read } = slowToAnswer()
  const { runner, said } = openRunner({ claims })
  const done = runner.advance(wakeUpOf(taskId))
  await made.promise
  await runner.news.carryOver(performance.now())
  read.resolve()
  await Promise.race([done, holding.promise.then(() => expect.unreachable('its first step has begun'))])
  expect(said()).toEqual([
    'the task was claimed while the store may have lost records; it is claimed anew',
    'the task was handed over to another worker',
  ])
})

test('hears at once that a task was cancelled, and nothing of tasks that it has not', async () => {
  const taskId = await store.submit('hold')
  const { runner } = openRunner()
  const done = runner.advance(wakeUpOf(taskId))
  const signal = await holding.promise
  runner.news.hear('lost', 'another')
  runner.news.hear('grown', 'another')
  expect(signal.aborted).toBe(false)
  runner.news.hear('lost', taskId)
  await done
  expect(signal.aborted).toBe(true)
})

test('goes on at once with an answer that came while it ran', async () => {
  const both = tool('both', async (_args, ctx) => {
    const asked = ctx.elicit({ key: 'go', message: 'Go on?', schema: { type: 'object', properties: {} } })
    const held = ctx.step('s', ({ signal }) => {
      holding.resolve(signal)
      return release.promise
    })
    const { action } = await asked
    release.resolve()
    await held
    return say(action)
  })
  await new CatalogAnnouncer(store.connection, testSettings()).announce([...TOOLS, both].map(toCatalogEntry))
  await expect.poll(store.listed, { timeout: 5000 }).toContain('both')
  const taskId = await store.submit('both')
  const { runner } = openRunner({ tools: [both], leaseMs: 300 })
  const done = runner.advance(wakeUpOf(taskId))
  await holding.promise
  await expect.poll(() => store.status(taskId)).toBe('input_required')
  const reply = { kind: 'answer', answer: { action: 'cancel' } } as const
  await store.engine.answer(store.principal, { taskId, key: 'go', reply })
  await done
  expect(await store.outcome(taskId)).toContain('"text":"cancel"')
})

test('hands a task back whose tool it has not, for a worker that has it', async () => {
  const taskId = await store.submit('look')
  const without = openRunner({ tools: [], wakeGraceMs: 200 })
  await without.runner.advance(wakeUpOf(taskId))
  expect(without.said()).toEqual(['this worker has no such tool; the task waits for one that has'])
  expect(await store.status(taskId)).toBe('working')
  const due = Number(await store.redis.zscore(`{lh:${taskId.slice(0, 2)}}:due`, taskId))
  expect(due - Date.now()).toBeGreaterThan(0)
  expect(due - Date.now()).toBeLessThanOrEqual(200)
  await openRunner().runner.advance(wakeUpOf(taskId))
  expect(await store.outcome(taskId)).toContain('seen')
})

describe('a runner that leaves', () => {
  test('claims nothing more, and sends the wake-ups that it still gets to others', async () => {
    const taskId = await store.submit('look')
    const { runner } = openRunner()
    await runner.leave()
    await store.redis.del(`{lh:queue}:default:de:${taskId}`)
    await runner.advance(wakeUpOf(taskId))
    expect(await store.status(taskId)).toBe('working')
    expect(await store.redis.exists(`{lh:queue}:default:de:${taskId}`)).toBe(1)
    const claimed = await new RedisClaimStore(store.connection, testSettings()).claim(taskId, {
      worker: 'x',
      leaseMs: 1,
    })
    expect(claimed).toMatchObject({ kind: 'claimed', interrupted: false })
  })

  test('hands a task back that it had just claimed, with nothing in doubt', async () => {
    const taskId = await store.submit('look')
    const { runner } = openRunner()
    const done = runner.advance(wakeUpOf(taskId))
    await runner.leave()
    await done
    const claimed = await new RedisClaimStore(store.connection, testSettings()).claim(taskId, {
      worker: 'x',
      leaseMs: 1,
    })
    expect(claimed).toMatchObject({ kind: 'claimed', interrupted: false })
  })

  test('lets what runs end within the grace, and leaves the rest of the task to another', async () => {
    const taskId = await store.submit('two')
    const { runner, said } = openRunner()
    const done = runner.advance(wakeUpOf(taskId))
    const signal = await holding.promise
    const left = runner.leave()
    release.resolve()
    await Promise.all([left, done])
    expect(said()).toEqual(['the task was handed over to another worker'])
    expect(signal.aborted).toBe(true)
    expect(seconds).toBe(0)
    await openRunner().runner.advance(wakeUpOf(taskId))
    expect(await store.status(taskId)).toBe('completed')
    expect(seconds).toBe(1)
  })

  test('tells what does not end to stop, and at last lets it go', async () => {
    const taskId = await store.submit('hold')
    const { runner } = openRunner({ shutdownGraceMs: 50, abortGraceMs: 50 })
    const done = runner.advance(wakeUpOf(taskId))
    const signal = await holding.promise
    await runner.leave()
    await done
    expect(signal.reason).toEqual(new Error('This worker stops; the task goes on elsewhere.'))
    release.resolve()
    await openRunner().runner.advance(wakeUpOf(taskId))
    expect(await store.status(taskId)).toBe('completed')
  })
})

test('is idle when the last task has ended', async () => {
  const taskId = await store.submit('hold')
  const { runner } = openRunner()
  await runner.idle()
  const done = runner.advance(wakeUpOf(taskId))
  const idle = runner.idle()
  await holding.promise
  release.resolve()
  await idle
  expect(await store.status(taskId)).toBe('completed')
  await done
})

test('logs that and where a tool threw, and nothing of what it was given or said', async () => {
  const taskId = await store.submit('fail', { at: SECRET })
  const { runner, lines } = openRunner()
  await runner.advance(wakeUpOf(taskId))
  expect(await store.outcome(taskId)).toContain(`cannot ${SECRET}`)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'the tool threw', taskId, tool: 'fail', thrown: 'TypeError', at: expect.arrayContaining([]) },
    { msg: 'the task is finished', taskId, tool: 'fail', ms: expect.any(Number) },
  ])
  expect(lines.join('')).toContain('task-runner.test.ts')
  expect(lines.join('')).not.toContain(SECRET)
})
