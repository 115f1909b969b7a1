import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context, StepHandle } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const LONG_LEASE_MS = 60_000
const REASON = new Error('The worker stops.')
const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await turn()
}

/** A body that a test holds: `begun` resolves when it runs, and it settles as it is told. */
function holdBody() {
  const begun = Promise.withResolvers<AbortSignal>()
  const end = Promise.withResolvers<string>()
  end.promise.catch(() => {})
  const body = ({ signal }: Pick<StepHandle, 'signal'>) => {
    begun.resolve(signal)
    return end.promise
  }
  return { begun: begun.promise, body, end: end.resolve, fail: end.reject }
}

describe('an activation that is handed over', () => {
  test('lets what runs end, saves it, begins nothing more, and leaves the rest to the next', async () => {
    const held = holdBody()
    const began: string[] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const first = await ctx.step('first', held.body)
        await ctx.step('second', () => began.push('second'), { inDoubt: 'ask' })
        await ctx.run(
          'third',
          defineProgram(() => `${began.push('third')}`, { inDoubt: 'ask' }),
          {},
        )
        return first
      }),
    )
    const running = await task.activate(LONG_LEASE_MS)
    await held.begun
    running.handOver()
    await turns(3)
    held.end('one')
    expect(await running.ended).toBe('handed_back')
    expect(began).toEqual([])
    expect(await task.keys()).toEqual(['first'])
    expect(await task.run()).toBe('finished')
    expect(began).toEqual(['second', 'third'])
    expect(await task.text()).toBe('one')
    expect(await task.keys()).toEqual(['first', 'second?1', 'second', 'third?1', 'third'])
  })

  test('waits for every branch that runs', async () => {
    const [a, b] = [holdBody(), holdBody()]
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const branch = async (key: string, body: typeof a.body) => {
          await ctx.step(key, body)
          await ctx.step(`after-${key}`, () => 1)
        }
        await Promise.all([branch('a', a.body), branch('b', b.body)])
      }),
    )
    const running = await task.activate(LONG_LEASE_MS)
    await Promise.all([a.begun, b.begun])
    running.handOver()
    a.end('a')
    await turns(5)
    expect(task.trips).not.toContain('handBack')
    b.end('b')
    expect(await running.ended).toBe('handed_back')
    expect((await task.keys()).toSorted()).toEqual(['a', 'b'])
    expect(await task.run()).toBe('finished')
  })

  test('waits for a tool that does something of its own, at the top and inside', async () => {
    for (const isInside of [false, true]) {
      const held = holdBody()
      const own = defineProgram(async (ctx) => {
        const value = await held.body(ctx)
        return ctx.step('after', () => value)
      })
      const task = await bench.submit(isInside ? defineProgram(async (ctx) => await ctx.run('inside', own, {})) : own)
      const running = await task.activate(LONG_LEASE_MS)
      await held.begun
      running.handOver()
      await turns(5)
      expect(task.trips).not.toContain('handBack')
      held.end('own')
      expect(await running.ended).toBe('handed_back')
      expect((await task.keys()).filter((key) => !key.includes('?'))).toEqual([])
    }
  })

  test('ends in order where there is nothing to leave', async () => {
    const held = holdBody()
    const task = await bench.submit(defineProgram((ctx) => ctx.step('only', held.body)))
    const running = await task.activate(LONG_LEASE_MS)
    await held.begun
    running.handOver()
    held.end('done')
    expect(await running.ended).toBe('finished')
    expect(await task.text()).toBe('done')
  })

  test('suspends where the task only waits, also for a question that it asks meanwhile', async () => {
    const held = holdBody()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('first', held.body)
        await ctx.elicit({ message: '?', schema: { type: 'object' } })
      }),
    )
    const running = await task.activate(LONG_LEASE_MS)
    await held.begun
    running.handOver()
    held.end('one')
    expect(await running.ended).toBe('suspended')
    expect((await task.waits()).map(({ key }) => key)).toEqual(['elicit#1'])
  })

  test('publishes a question that it leaves beside a step', async () => {
    const held = holdBody()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('first', held.body)
        const asked = ctx.elicit({ message: '?', schema: { type: 'object' } })
        const [, beside] = await Promise.all([asked, ctx.step('beside', () => 'beside')])
        return beside
      }),
    )
    const running = await task.activate(LONG_LEASE_MS)
    await held.begun
    running.handOver()
    held.end('one')
    expect(await running.ended).toBe('handed_back')
    expect((await task.waits()).map(({ key }) => key)).toEqual(['elicit#1'])
    const next = await task.activate(LONG_LEASE_MS)
    expect(await next.ended).toBe('suspended')
    expect(await task.keys()).toEqual(['first', 'beside'])
  })

  test('takes back an attempt that was on record and had not begun', async () => {
    const writing = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    let times = 0
    const task = await bench.submit(
      defineProgram((ctx) => ctx.step('send', () => `${++times}`, { inDoubt: 'ask' })),
      {
        onWrite: async (method, write) => {
          if (method === 'save') {
            writing.resolve()
            await goOn.promise
          }
          return write()
        },
      },
    )
    const running = await task.activate(LONG_LEASE_MS)
    await writing.promise
    running.handOver()
    goOn.resolve()
    expect(await running.ended).toBe('handed_back')
    expect(await task.keys()).toEqual(['send?1', 'send-1'])
    expect(times).toBe(0)
    expect(await task.run()).toBe('finished')
    expect(times).toBe(1)
    expect(await task.keys()).toEqual(['send?1', 'send-1', 'send?2', 'send'])
  })

  test('writes nothing when the task was cancelled meanwhile', async () => {
    const held = holdBody()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('first', held.body)
        await ctx.step('second', () => 1)
      }),
    )
    const running = await task.activate(LONG_LEASE_MS)
    await held.begun
    running.handOver()
    const live = await task.store.read(task.id)
    if (live) await task.store.cancel(live, 'no')
    held.end('one')
    expect(await running.ended).toBe('lost')
    expect(await task.journal()).toEqual([])
  })
})

/** What runs when it is told to stop, and the record of its attempt. */
const PLACES = [
  {
    what: 'a step',
    key: 'send',
    place: (body: Body) => defineProgram((ctx) => ctx.step('send', body, { inDoubt: 'ask' })),
  },
  {
    what: 'a tool inside that does not use its context',
    key: 'call',
    place: (body: Body) => {
      const mailer = defineProgram((ctx) => body(ctx), { name: 'mailer', inDoubt: 'ask' })
      return defineProgram(async (ctx) => String((await ctx.run('call', mailer, {})).content[0]?.text))
    },
  },
  {
    what: 'a tool at the top that does not use its context',
    key: undefined,
    place: (body: Body) => defineProgram((ctx) => body(ctx), { name: 'mailer', inDoubt: 'ask' }),
  },
]
type Body = (handle: Pick<StepHandle, 'signal'>) => Promise<string>

describe.each(PLACES)('$what that is told to stop', ({ key, place }) => {
  /** Runs it until it has begun, tells it to stop, and lets it end so. */
  const abortedIn = async (end: (signal: AbortSignal) => Promise<string>) => {
    let times = 0
    const begun = Promise.withResolvers<void>()
    const task = await bench.submit(
      place(async ({ signal }) => {
        if (++times > 1) return 'done'
        begun.resolve()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return end(signal)
      }),
    )
    const running = await task.activate(LONG_LEASE_MS)
    await begun.promise
    running.handOver()
    running.abort(REASON)
    return { task, running, times: () => times }
  }

  test.each<[string, (signal: AbortSignal) => Promise<string>]>([
    ['the reason', (signal) => Promise.reject(signal.reason)],
    [
      'an error that comes from it',
      (signal) => Promise.reject(new Error('x', { cause: new Error('y', { cause: signal.reason }) })),
    ],
  ])('and throws %s is simply begun again', async (_, end) => {
    const { task, running, times } = await abortedIn(end)
    expect(await running.ended).toBe('handed_back')
    if (key) expect(await task.keys()).toEqual([`${key}?1`, `${key}-1`])
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done')
    expect(times()).toBe(2)
    expect(task.errors).toEqual([])
  })

  test.each<[string, (signal: AbortSignal) => Promise<string>]>([
    ['throws something else', () => Promise.reject(new Error('Request failed'))],
    [
      'throws an error that comes from itself',
      () =>
        Promise.reject(
          Object.defineProperty(new Error('x'), 'cause', {
            get() {
              return this
            },
          }),
        ),
    ],
    ['does not end', () => new Promise(() => {})],
  ])('and %s is in doubt', async (_, end) => {
    const { task, running, times } = await abortedIn(end)
    await turns(5)
    running.letGo()
    expect(await running.ended).toBe('handed_back')
    expect(await task.run()).toBe('suspended')
    const [question] = await task.waits()
    expect(question?.key).toBe(`${key ?? '!run'}!1`)
    await task.answer(question?.key ?? '', { decision: 'repeat' })
    expect(await task.run()).toBe('finished')
    expect(times()).toBe(2)
  })

  test('and ends all the same has ended, though its code does not hear of it here', async () => {
    const { task, running, times } = await abortedIn(async () => 'in time')
    expect(await running.ended).toBe(key ? 'handed_back' : 'finished')
    if (key) expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('in time')
    expect(times()).toBe(1)
  })
})

test('a task’s own call that was asked about, repeated and then stopped without effect is not asked about again', async () => {
  let times = 0
  const begun = Promise.withResolvers<void>()
  const tool = defineProgram(
    async ({ signal }) => {
      if (++times === 1) return new Promise<string>(() => {})
      if (times === 3) return 'done'
      begun.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    },
    { inDoubt: 'ask' },
  )
  const task = await bench.submit(tool)
  await task.activate()
  expect(await task.run()).toBe('suspended')
  await task.answer('!run!1', { decision: 'repeat' })
  const running = await task.activate(LONG_LEASE_MS)
  await begun.promise
  running.abort(REASON)
  expect(await running.ended).toBe('handed_back')
  expect(await task.keys()).toEqual(['!run!1', '!run?2', '!run-2'])
  // Lost again, in an attempt that is on record.
  times = 0
  await task.activate()
  await turns(5)
  expect(await task.run()).toBe('suspended')
  expect((await task.waits()).map(({ key }) => key)).toEqual(['!run!3'])
})

test('a program that gives up between its steps is run again from the top', async () => {
  const held = holdBody()
  let ctxOfFirst: Context | undefined
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      ctxOfFirst ??= ctx
      const first = await ctx.step('first', () => 'one', { inDoubt: 'ask' })
      if (ctx === ctxOfFirst) {
        await held.body(ctx)
        ctx.signal.throwIfAborted()
      }
      return first
    }),
  )
  const running = await task.activate(LONG_LEASE_MS)
  const signal = await held.begun
  running.abort(REASON)
  expect(signal.reason).toBe(REASON)
  held.end('too late')
  expect(await running.ended).toBe('handed_back')
  expect(await task.run()).toBe('finished')
  expect(await task.text()).toBe('one')
})

test('after it was told to stop code hears nothing, and what it calls leaves no record', async () => {
  const held = holdBody()
  const heard: string[] = []
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      ctx.signal.addEventListener('abort', () => void ctx.elicit({ message: '?', schema: { type: 'object' } }))
      await ctx.step('first', held.body)
      heard.push('first')
    }),
  )
  const running = await task.activate(LONG_LEASE_MS)
  await held.begun
  running.abort(REASON)
  held.end('late')
  expect(await running.ended).toBe('handed_back')
  expect(heard).toEqual([])
  expect(await task.waits()).toEqual([])
  expect(await task.keys()).toEqual(['first'])
  expect(await task.run()).toBe('finished')
  expect(heard).toEqual(['first'])
})

test('a task that is about to end is neither stopped nor let go', async () => {
  const writing = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const task = await bench.submit(
    defineProgram(() => 'done'),
    {
      onWrite: async (_, write) => {
        writing.resolve()
        await goOn.promise
        return write()
      },
    },
  )
  const running = await task.activate(LONG_LEASE_MS)
  await writing.promise
  running.handOver()
  running.abort(REASON)
  running.letGo()
  goOn.resolve()
  expect(await running.ended).toBe('finished')
  expect(task.trips).toEqual(['claim', 'finish'])
})

test('an attempt that was stopped without effect counts for no policy', async () => {
  let times = 0
  const begun = Promise.withResolvers<void>()
  const task = await bench.submit(
    defineProgram((ctx) =>
      ctx.step(
        'pay',
        async ({ signal }) => {
          if (++times === 3) return 'paid'
          if (times === 2) throw new Error('busy')
          begun.resolve()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          throw signal.reason
        },
        { inDoubt: 'ask', retry: { maxAttempts: 2, backoffMs: 0 } },
      ),
    ),
  )
  const running = await task.activate(LONG_LEASE_MS)
  await begun.promise
  running.abort(REASON)
  expect(await running.ended).toBe('handed_back')
  const next = await task.activate(LONG_LEASE_MS)
  if ((await next.ended) === 'suspended') {
    await task.elapse('pay!r2')
    await task.run()
  }
  expect(await task.text()).toBe('paid')
})

test('a step that failed while its worker ends is tried again elsewhere', async () => {
  let times = 0
  const held = holdBody()
  const task = await bench.submit(
    defineProgram((ctx) =>
      ctx.step('pay', (handle) => (++times === 1 ? held.body(handle) : 'paid'), { retry: { backoffMs: 3_600_000 } }),
    ),
  )
  const running = await task.activate(LONG_LEASE_MS)
  await held.begun
  running.handOver()
  held.fail(new Error('busy'))
  expect(await running.ended).toBe('suspended')
  await task.elapse('pay!r1')
  expect(await task.run()).toBe('finished')
  expect(await task.text()).toBe('paid')
})
