import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await turn()
}

/** Every call of a context, by name. */
const CALLS: readonly [string, (ctx: Context) => Promise<unknown>][] = [
  ['step', (ctx) => ctx.step('x', () => 1)],
  ['step with a key that is none', (ctx) => ctx.step('', () => 1)],
  ['step with a key that was used', (ctx) => ctx.step('first', () => 1)],
  ['elicit', (ctx) => ctx.elicit({ message: '?', schema: { type: 'object' } })],
  ['elicit with a schema that is none', (ctx) => ctx.elicit({ message: '?', schema: { type: 'array' } })],
  ['sample', (ctx) => ctx.sample({ maxTokens: 1, messages: [] })],
  ['sleep', (ctx) => ctx.sleep(0)],
  ['sleep without a time', (ctx) => ctx.sleep(Number.NaN)],
  [
    'run',
    (ctx) =>
      ctx.run(
        'x',
        defineProgram(() => 'done'),
        {},
      ),
  ],
]

describe('after an activation has ended', () => {
  test.each(CALLS)('%s neither settles nor starts anything', async (_, call) => {
    const heard: string[] = []
    const context = Promise.withResolvers<Context>()
    const body = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        context.resolve(ctx)
        try {
          await ctx.step('first', () => body.promise)
          heard.push('settled')
        } catch {
          heard.push('caught')
        } finally {
          heard.push('finally')
        }
      }),
    )
    const running = await task.activate()
    const ctx = await context.promise
    await turns(2)
    running.stop('over')
    expect(await running.ended).toBe('lost')
    const trips = task.trips.length
    void call(ctx).then(
      () => heard.push('settled'),
      () => heard.push('failed'),
    )
    ctx.progress(1)
    ctx.log('info', 'still here')
    expect(ctx.now()).toBeGreaterThan(0)
    expect(ctx.random()).toBeLessThan(1)
    body.resolve()
    running.lookAgain()
    await turns(5)
    await delay(5)
    expect(heard).toEqual([])
    expect(task.trips.length).toBe(trips)
  })

  test('what was being written at its end lets nothing be heard and nothing begin', async () => {
    const heard: string[] = []
    const held = Promise.withResolvers<void>()
    const writing = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        void ctx.elicit({ message: '?', schema: { type: 'object' } }).then(() => heard.push('answer'))
        await ctx.step('first', () => published.promise)
        await ctx.step('second', () => heard.push('second'))
      }),
      {
        onWrite: async (_, write) => {
          if (!isHolding) return write()
          writing.resolve()
          await held.promise
          return write()
        },
      },
    )
    const published = Promise.withResolvers<void>()
    let isHolding = false
    const running = await task.activate()
    await expect.poll(() => task.waits()).toHaveLength(1)
    isHolding = true
    published.resolve()
    await writing.promise
    // The answer would come back with this write, and the second step begin after it.
    await task.answer('elicit#1', {})
    running.stop('over')
    held.resolve()
    await expect.poll(() => task.keys()).toEqual(['elicit#1', 'first'])
    await turns(5)
    expect(heard).toEqual([])
  })

  test('what waits to be written behind another write is not written', async () => {
    const held = Promise.withResolvers<void>()
    const writing = Promise.withResolvers<void>()
    const written = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram((ctx) => ctx.step('slow', () => new Promise<string>(() => {}))),
      {
        onWrite: async (_, write) => {
          writing.resolve()
          await held.promise
          const answer = await write()
          written.resolve()
          return answer
        },
      },
    )
    const running = await task.activate()
    running.lookAgain()
    await writing.promise
    running.lookAgain()
    running.stop('over')
    held.resolve()
    await written.promise
    await turns(5)
    expect(task.trips).toEqual(['claim', 'save'])
  })

  test('other branches hear nothing from the moment at which the tool has returned', async () => {
    const heard: string[] = []
    const slow = Promise.withResolvers<void>()
    const finishing = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        void ctx.step('slow', () => slow.promise).then(() => heard.push('slow'))
        await ctx.step('quick', () => 1)
      }),
      {
        onWrite: async (method, write) => {
          if (method !== 'finish') return write()
          finishing.resolve()
          await held.promise
          return write()
        },
      },
    )
    const running = await task.activate()
    await finishing.promise
    slow.resolve()
    await turns(5)
    held.resolve()
    expect(await running.ended).toBe('finished')
    expect(heard).toEqual([])
    expect(await task.keys()).toEqual(['quick'])
  })

  test.each<[string, unknown, unknown]>([
    ['the reason it was stopped with', new Error('cancelled'), new Error('cancelled')],
    ['a reason of its own where there is none', undefined, new Error('The activation has ended: lost.')],
  ])('ctx.signal has aborted with %s', async (_, reason, expected) => {
    const began = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        signals.push(ctx.signal)
        await ctx.step('slow', ({ signal }) => {
          signals.push(signal)
          began.resolve()
          return new Promise(() => {})
        })
      }),
    )
    const running = await task.activate()
    await began.promise
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false])
    running.stop(reason)
    expect(signals.map((signal) => signal.reason)).toEqual([expected, expected])
    expect(signals[0]?.reason).toEqual(expected)
  })

  test.each<['finished' | 'suspended', (ctx: Context) => Promise<unknown>]>([
    ['finished', (ctx) => ctx.step('a', () => 1)],
    ['suspended', (ctx) => ctx.sleep(60_000)],
  ])('ctx.signal has aborted when it is %s', async (how, call) => {
    let signal: AbortSignal | undefined
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        signal = ctx.signal
        await call(ctx)
      }),
    )
    expect(await task.run()).toBe(how)
    expect(signal?.reason).toEqual(new Error(`The activation has ended: ${how}.`))
    expect(task.errors).toEqual([])
  })
})

describe('an activation is lost', () => {
  test('when another one has claimed the task, and writes nothing after that', async () => {
    const body = Promise.withResolvers<string>()
    const heard: string[] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        try {
          heard.push(await ctx.step('slow', () => body.promise))
          await ctx.step('next', () => heard.push('next'))
        } finally {
          heard.push('finally')
        }
      }),
    )
    const running = await task.activate()
    await turns(2)
    await task.claim()
    body.resolve('slow')
    expect(await running.ended).toBe('lost')
    await turns(5)
    expect(await task.journal()).toEqual([])
    // The outcome is heard before it is saved; nothing follows from it.
    expect(heard).toEqual(['slow'])
    expect(task.trips).toEqual(['claim', 'claim', 'save'])
    expect(task.errors).toEqual([])
  })

  test.each<[string, (ctx: Context) => Promise<unknown>]>([
    ['save', (ctx) => ctx.step('a', () => 1, { inDoubt: 'ask' })],
    ['suspend', (ctx) => ctx.sleep(60_000)],
    ['finish', async () => 'done'],
  ])('when the task was cancelled before its %s', async (method, call) => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await call(ctx)
        return 'done'
      }),
      {
        onWrite: async (_, write) => {
          const live = await task.store.read(task.id)
          if (live) await task.store.cancel(live, 'No longer wanted')
          return write()
        },
      },
    )
    expect(await task.run()).toBe('lost')
    expect(task.trips).toEqual(['claim', method])
    expect(await task.outcome()).toEqual({ kind: 'cancelled', reason: 'No longer wanted' })
    expect(await task.journal()).toEqual([])
    expect(task.errors).toEqual([])
  })

  test('when the store fails it, which its worker is told', async () => {
    const failure = new Error('OOM command not allowed')
    let reason: unknown
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        ctx.signal.addEventListener('abort', () => {
          reason = ctx.signal.reason
        })
        await ctx.step('a', () => 1)
        await ctx.step('b', () => 1)
      }),
      { onWrite: () => Promise.reject(failure) },
    )
    expect(await task.run()).toBe('lost')
    expect(task.errors).toEqual([failure])
    expect(reason).toBe(failure)
  })
})

test('many activations leave no timer and no immediate behind', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      void ctx.sleep(3_600_000)
      ctx.progress(ctx.now())
      await ctx.step('first', () => 1)
      await Promise.race([ctx.sleep(3_600_000), ctx.elicit({ message: '?', schema: { type: 'object' } })])
      await ctx.step('slow', () => new Promise(() => {}))
    }),
  )
  expect(await task.run()).toBe('suspended')
  await task.answer('elicit#1', {})
  const count = () => {
    const resources = process.getActiveResourcesInfo()
    return resources.filter((resource) => resource === 'Timeout' || resource === 'Immediate').length
  }
  const before = count()
  for (let n = 0; n < 100; n++) {
    const running = await task.activate()
    if (n % 2 === 0) await turns(n % 7)
    running.stop('over')
    await running.ended
  }
  // A few are of connections.
  expect(count()).toBeLessThan(before + 10)
})
