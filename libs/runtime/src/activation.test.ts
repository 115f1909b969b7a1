import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const HOUR_MS = 3_600_000
const ask = (ctx: Context, message = 'Go on?') => ctx.elicit({ message, schema: { type: 'object' } })

describe('an activation suspends', () => {
  test('while it waits for an answer, and holds nothing', async () => {
    const task = await bench.submit(defineProgram(async (ctx) => (await ask(ctx)).action))
    expect(await task.run()).toBe('suspended')
    expect((await task.store.read(task.id))?.status).toBe('input_required')
    expect(await task.waits()).toMatchObject([
      {
        key: 'elicit#1',
        wait: 'question',
        question: { method: 'elicitation/create', message: 'Go on?', requestedSchema: { type: 'object' } },
      },
    ])
    expect(await task.resolve('elicit#1', { value: { action: 'decline' } })).toBe('wake')
    expect((await task.store.read(task.id))?.status).toBe('working')
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('decline')
  })

  test('when it asks after it has done something of its own', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await turn()
        return (await ask(ctx)).action
      }),
    )
    expect(await task.run()).toBe('suspended')
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
  })

  test('while it sleeps, with a timer that is open until then', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.sleep(HOUR_MS)
        return 'awake'
      }),
    )
    const before = Date.now()
    expect(await task.run()).toBe('suspended')
    const [wait] = await task.waits()
    expect(wait).toMatchObject({ key: 'sleep#1', kind: 'sleep', wait: 'timer' })
    expect(wait?.deadline).toBeGreaterThanOrEqual(before + HOUR_MS)
    expect(wait?.deadline).toBeLessThanOrEqual(Date.now() + HOUR_MS)
    expect((await task.store.read(task.id))?.status).toBe('working')
    await task.resolve('sleep#1', { value: null })
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('awake')
  })

  test('on several waits, and goes on with each when it comes', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const heard: string[] = []
        await Promise.all(['A?', 'B?', 'C?'].map((message) => ask(ctx, message).then(() => heard.push(message))))
        return heard.join(' ')
      }),
    )
    expect(await task.run()).toBe('suspended')
    for (const key of ['elicit#3', 'elicit#1', 'elicit#2']) {
      await task.answer(key, {})
      expect(await task.run()).toBe(key === 'elicit#2' ? 'finished' : 'suspended')
    }
    expect(await task.text()).toBe('C? A? B?')
  })

  test('again on the same question when its worker died after it was published', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const question = ask(ctx)
        if (!published) await ctx.step('dies', () => new Promise(() => {}))
        return (await question).action
      }),
    )
    let published = false
    const running = await task.activate()
    await expect.poll(() => task.waits()).toHaveLength(1)
    published = true
    running.stop('crash')
    expect(await task.run()).toBe('suspended')
    expect((await task.waits()).map(({ key }) => key)).toEqual(['elicit#1'])
    await task.answer('elicit#1', {})
    await task.run()
    expect(await task.text()).toBe('accept')
  })

  test('not while a step body runs, but its question is published meanwhile', async () => {
    const body = Promise.withResolvers<string>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const [value, reply] = await Promise.all([ctx.step('slow', () => body.promise), ask(ctx)])
        return `${value} ${reply.action}`
      }),
    )
    const running = await task.activate()
    await expect.poll(async () => (await task.store.read(task.id))?.status).toBe('input_required')
    expect(task.trips).toEqual(['claim', 'save'])
    body.resolve('done')
    expect(await running.ended).toBe('suspended')
    expect(task.trips).toEqual(['claim', 'save', 'suspend'])
    await task.answer('elicit#1', {})
    await task.run()
    expect(await task.text()).toBe('done accept')
  })

  test('not while a tool inside it does something of its own between two calls', async () => {
    const own = Promise.withResolvers<void>()
    const inner = defineProgram(async (ctx) => {
      await ctx.step('a', () => 1)
      await own.promise
      return `${await ctx.step('b', () => 2)}`
    })
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const [result, reply] = await Promise.all([ctx.run('inner', inner, {}), ask(ctx)])
        return `${result.content[0]?.text} ${reply.action}`
      }),
    )
    const running = await task.activate()
    await expect.poll(() => task.waits()).toHaveLength(1)
    for (let n = 0; n < 20; n++) await turn()
    expect(task.trips).not.toContain('suspend')
    own.resolve()
    expect(await running.ended).toBe('suspended')
    await task.answer('elicit#1', {})
    await task.run()
    expect(await task.text()).toBe('2 accept')
  })

  test('not when an answer slipped in', async () => {
    const body = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const [reply] = await Promise.all([ask(ctx), ctx.step('slow', () => body.promise)])
        return reply.action
      }),
      {
        onWrite: async (method, write) => {
          if (method === 'suspend') expect(await task.answer('elicit#1', {})).toBe('told')
          return write()
        },
      },
    )
    const running = await task.activate(60_000)
    await expect.poll(() => task.waits()).toHaveLength(1)
    body.resolve()
    expect(await running.ended).toBe('finished')
    expect(task.trips).toEqual(['claim', 'save', 'suspend', 'finish'])
    expect(await task.text()).toBe('accept')
  })

  test('not when it was busy again by the time at which it could have been written', async () => {
    const first = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    let isHeld = false
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const body = () => {
          began.resolve()
          return second.promise
        }
        const answered = ask(ctx).then(async () => {
          // Takes its time, as far as one turn has any.
          for (let n = 0; n < 100; n++) await Promise.resolve()
          return ctx.step('second', body)
        })
        await Promise.all([answered, ctx.step('first', () => first.promise), ask(ctx)])
      }),
      {
        onWrite: async (_, write) => {
          if (isHeld) await held.promise
          return write()
        },
      },
    )
    const running = await task.activate()
    await expect.poll(() => task.waits()).toHaveLength(2)
    isHeld = true
    running.lookAgain()
    await task.answer('elicit#1', {})
    // Now it would suspend, if the look that is under way did not come first.
    first.resolve()
    for (let n = 0; n < 5; n++) await turn()
    isHeld = false
    held.resolve()
    await began.promise
    for (let n = 0; n < 5; n++) await turn()
    expect(task.trips).toEqual(['claim', 'save', 'save', 'save'])
    second.resolve()
    expect(await running.ended).toBe('suspended')
    expect(await task.keys()).toEqual(['elicit#1', 'first', 'second'])
  })

  test('not when another wake-up came while it ran, but once it has looked again', async () => {
    const body = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('slow', () => body.promise)
        await ask(ctx)
      }),
    )
    const running = await task.activate(60_000)
    expect(await task.tryToClaim()).toBe('busy')
    body.resolve()
    expect(await running.ended).toBe('suspended')
    expect(task.trips).toEqual(['claim', 'suspend', 'suspend'])
  })
})

describe('a sleep', () => {
  const raced = (slow: Promise<string>) =>
    defineProgram(async (ctx) => {
      const timeout = ctx.sleep(5).then(() => 'timeout')
      const winner = await Promise.race([ctx.step('slow', () => slow), timeout])
      await ask(ctx)
      return winner
    })

  test('ends while a step runs, so that it can time it out, and the same wins on replay', async () => {
    const slow = Promise.withResolvers<string>()
    const task = await bench.submit(raced(slow.promise))
    const running = await task.activate()
    // The timer is closed with its own record, so that nobody wakes the task for it any more.
    await expect.poll(async () => (await task.waits()).map(({ key }) => key)).toEqual(['elicit#1'])
    slow.resolve('slow')
    expect(await running.ended).toBe('suspended')
    expect(await task.keys()).toEqual(['sleep#1', 'slow'])
    expect(await task.resolve('sleep#1', { value: null })).toBe('not_open')
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('timeout')
  })

  test('that is over when the task goes on does not suspend it', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await Promise.all([ctx.sleep(1), ask(ctx)])
        return 'done'
      }),
    )
    expect(await task.run()).toBe('suspended')
    const [timer] = (await task.waits()).filter(({ wait }) => wait === 'timer')
    await expect.poll(() => Date.now()).toBeGreaterThan(timer?.deadline ?? Number.POSITIVE_INFINITY)
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
  })

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('of %s ms is refused', async (ms) => {
    const task = await bench.submit(defineProgram((ctx) => ctx.sleep(ms).then(String, (error: Error) => error.message)))
    await task.run()
    expect(await task.text()).toBe(`A wait of ${ms} ms is not possible: it must be a number from 0 on.`)
  })
})
