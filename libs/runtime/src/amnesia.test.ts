import type { InDoubt } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, startBench } from '../test/drive-task.ts'
import type { Context } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const NOBODY = { sampling: 'none', elicitation: false } as const
const FORM = { type: 'object' } as const

/** Steps that note that they were really done. */
class Deeds {
  readonly done: string[] = []

  step(ctx: Context, key: string, inDoubt: InDoubt): Promise<string> {
    const work = () => {
      this.done.push(key)
      return key
    }
    return ctx.step(key, work, { inDoubt }).then(String, (error: Error) => error.message)
  }
}

const pauseAt = (ctx: Context, key: string) => ctx.elicit({ key, message: 'Go on?', schema: FORM })
const openKeys = async (task: DrivenTask) => (await task.waits()).map(({ key }) => key).sort()
/** Answers the question, and runs the task on from there. */
const goOn = async (task: DrivenTask, key: string, content: { decision: string } | Record<string, never> = {}) => {
  expect(await task.answer(key, content)).toBe('wake')
  return task.run()
}

/** A task that waits at `first`, of a program that does `then` after it. */
async function waiting(then: (ctx: Context) => Promise<unknown>, options: Parameters<Bench['submit']>[1] = {}) {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      await pauseAt(ctx, 'first')
      return String(await then(ctx))
    }),
    options,
  )
  expect(await task.run()).toBe('suspended')
  return task
}

describe('what the store may have forgotten', () => {
  test('is asked about at the first step that must not silently be done twice, and not after it', async () => {
    const deeds = new Deeds()
    const task = await waiting(async (ctx) => {
      const told = [await deeds.step(ctx, 'read', 'repeat'), await deeds.step(ctx, 'send', 'ask')]
      await pauseAt(ctx, 'second')
      return [...told, await deeds.step(ctx, 'post', 'ask')].join(' ')
    })
    const goBack = await task.remember()
    await goOn(task, 'first')
    expect(deeds.done).toEqual(['read', 'send'])
    await goBack()

    expect(await goOn(task, 'first')).toBe('suspended')
    expect(deeds.done).toEqual(['read', 'send', 'read'])
    expect(await task.waits()).toMatchObject([
      {
        key: 'send!1',
        question: {
          message: `The store lost its newest records. They may have said that the step 'send' was done, and what followed it. Should it be done again? (attempt 1, idempotency key ${task.id}/send)`,
        },
      },
    ])
    expect(await goOn(task, 'send!1', { decision: 'repeat' })).toBe('suspended')
    expect(await openKeys(task)).toEqual(['second'])
    expect(await goOn(task, 'second')).toBe('finished')
    expect(await task.text()).toBe('read send post')
    expect(deeds.done).toEqual(['read', 'send', 'read', 'send', 'post'])
  })

  test('is not done again when somebody says so', async () => {
    const deeds = new Deeds()
    const task = await waiting((ctx) => deeds.step(ctx, 'send', 'ask'))
    await (await task.remember())()
    await goOn(task, 'first')
    expect(await goOn(task, 'send!1', { decision: 'fail' })).toBe('finished')
    expect(await task.text()).toMatch(/It was decided not to do it again\.$/)
    expect(deeds.done).toEqual([])
  })

  test.each([
    ['fail', undefined, 'It is not done again.'],
    ['ask', NOBODY, 'Nobody can be asked whether to do it again.'],
  ] as const)('fails where it is %s and nobody is asked', async (inDoubt, audience, reason) => {
    const deeds = new Deeds()
    const task = await bench.submit(
      defineProgram((ctx) => deeds.step(ctx, 'send', inDoubt)),
      audience ? { audience } : {},
    )
    await (await task.remember())()
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe(
      `The store lost its newest records. They may have said that the step 'send' was done, and what followed it. ${reason}`,
    )
    expect(deeds.done).toEqual([])
  })

  test('is asked about in each of the branches that begin at once', async () => {
    const deeds = new Deeds()
    const task = await waiting(async (ctx) =>
      (await Promise.all(['a', 'b'].map((key) => deeds.step(ctx, key, 'ask')))).join(' '),
    )
    await (await task.remember())()
    await goOn(task, 'first')
    expect(await openKeys(task)).toEqual(['a!1', 'b!1'])
    await goOn(task, 'a!1', { decision: 'repeat' })
    expect(await goOn(task, 'b!1', { decision: 'repeat' })).toBe('finished')
    expect(await task.text()).toBe('a b')
  })

  test('stays in doubt when the next worker is lost before it has asked', async () => {
    const deeds = new Deeds()
    const task = await waiting((ctx) => deeds.step(ctx, 'send', 'ask'))
    await (await task.remember())()
    await task.answer('first', {})
    await task.claim()
    expect(await task.run()).toBe('suspended')
    expect(await openKeys(task)).toEqual(['send!1'])
  })

  test('is asked about again after a second loss', async () => {
    const deeds = new Deeds()
    const task = await waiting(async (ctx) => {
      await deeds.step(ctx, 'send', 'ask')
      await pauseAt(ctx, 'second')
      return deeds.step(ctx, 'post', 'ask')
    })
    await (await task.remember())()
    await goOn(task, 'first')
    await goOn(task, 'send!1', { decision: 'repeat' })
    await (await task.remember())()
    expect(await goOn(task, 'second')).toBe('suspended')
    expect(await openKeys(task)).toEqual(['post!1'])
    expect(deeds.done).toEqual(['send'])
  })

  test('is a whole tool where that is one effect, at the top and inside', async () => {
    const done: string[] = []
    const mailer = defineProgram(
      async () => {
        done.push('mail')
        return 'sent'
      },
      { name: 'mailer', inDoubt: 'ask' },
    )
    const top = await bench.submit(mailer)
    await (await top.remember())()
    expect(await top.run()).toBe('suspended')
    expect(await openKeys(top)).toEqual(['!run!1'])
    expect(await goOn(top, '!run!1', { decision: 'repeat' })).toBe('finished')

    const inside = await waiting(async (ctx) => (await ctx.run('call', mailer, {})).content[0]?.text)
    await (await inside.remember())()
    await goOn(inside, 'first')
    expect(await openKeys(inside)).toEqual(['call!1'])
    expect(await goOn(inside, 'call!1', { decision: 'repeat' })).toBe('finished')
    expect(done).toEqual(['mail', 'mail'])
  })

  test('is no doubt about a task that began after the loss', async () => {
    const deeds = new Deeds()
    const task = await waiting((ctx) => deeds.step(ctx, 'send', 'ask'))
    expect(await goOn(task, 'first')).toBe('finished')
    expect(deeds.done).toEqual(['send'])
  })
})
