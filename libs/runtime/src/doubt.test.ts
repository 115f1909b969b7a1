import type { InDoubt } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, type SubmitOptions, startBench } from '../test/drive-task.ts'
import type { Context, Tool } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const NOBODY = { sampling: 'none', elicitation: false } as const

/** Work that never ends while `isFatal`, so that its worker can be lost in it. */
class Fatal {
  isFatal = true
  attempts = 0
  #began = Promise.withResolvers<void>()

  readonly work = (): Promise<string> | string => {
    this.attempts++
    this.#began.resolve()
    return this.isFatal ? new Promise(() => {}) : `done at attempt ${this.attempts}`
  }

  /** Loses a worker in it. */
  async die(task: DrivenTask): Promise<void> {
    this.#began = Promise.withResolvers()
    const running = await task.activate()
    await this.#began.promise
    running.stop('crash')
  }
}

interface Case {
  readonly fatal: Fatal
  readonly task: DrivenTask
}
type Place = (fatal: Fatal, inDoubt: InDoubt) => Tool

const textOr = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message)

/** Everywhere where an effect can be in doubt: what does it, how it is called to a person, and the key of its step. */
const PLACES: readonly {
  readonly what: string
  readonly label: string
  readonly key: string
  readonly place: Place
}[] = [
  {
    what: 'a step',
    label: "the step 'send'",
    key: 'send',
    place: (fatal, inDoubt) => defineProgram((ctx) => textOr(ctx.step('send', fatal.work, { inDoubt }))),
  },
  {
    what: 'a step with a label',
    label: 'the mail to Ada',
    key: 'send',
    place: (fatal, inDoubt) =>
      defineProgram((ctx) => textOr(ctx.step('send', fatal.work, { inDoubt, label: 'the mail to Ada' }))),
  },
  {
    what: 'a tool inside that does not use its context',
    label: "the tool 'mailer'",
    key: 'call',
    place: (fatal, inDoubt) => {
      const mailer = defineProgram(() => fatal.work(), { name: 'mailer', inDoubt })
      return defineProgram((ctx) => textOr(ctx.run('call', mailer, {}).then(({ content }) => content[0]?.text)))
    },
  },
  {
    what: 'a tool at the top that does not use its context',
    label: "the tool 'mailer'",
    key: '!run',
    place: (fatal, inDoubt) => defineProgram(() => fatal.work(), { name: 'mailer', inDoubt }),
  },
  {
    what: 'a step of a tool inside',
    label: "the step 'send'",
    key: 'call/send',
    place: (fatal, inDoubt) => {
      const mailer = defineProgram((ctx) => textOr(ctx.step('send', fatal.work, { inDoubt })))
      return defineProgram((ctx) => textOr(ctx.run('call', mailer, {}).then(({ content }) => content[0]?.text)))
    },
  },
]

describe.each(PLACES)('$what in which the worker was lost', ({ label, key, place }) => {
  const submit = async (inDoubt: InDoubt, options?: SubmitOptions): Promise<Case> => {
    const fatal = new Fatal()
    return { fatal, task: await bench.submit(place(fatal, inDoubt), options) }
  }

  test('is repeated where it may be', async () => {
    const { fatal, task } = await submit('repeat')
    await fatal.die(task)
    await fatal.die(task)
    fatal.isFatal = false
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done at attempt 3')
  })

  test('is asked about, each time under a new key, and repeated on that', async () => {
    const { fatal, task } = await submit('ask')
    await fatal.die(task)
    for (const attempt of [1, 2]) {
      expect(await task.run()).toBe('suspended')
      expect(fatal.attempts).toBe(attempt)
      const [wait, ...others] = await task.waits()
      expect(others).toEqual([])
      expect(wait).toMatchObject({ key: `${key}!${attempt}`, kind: 'question', wait: 'question' })
      expect(wait).toMatchObject({
        question: {
          method: 'elicitation/create',
          message: `The worker was lost during ${label}. It may or may not have taken effect. Should it be done again? (attempt ${attempt}, idempotency key ${task.id}/${key})`,
        },
      })
      await task.answer(`${key}!${attempt}`, { decision: 'repeat' })
      if (attempt === 1) await fatal.die(task)
    }
    fatal.isFatal = false
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done at attempt 3')
    const intents = (await task.journal()).filter((entry) => entry.type === 'intent' && entry.key === key)
    // The first attempt of the whole task is on record as its claim.
    expect(intents.map((entry) => entry.type === 'intent' && entry.attempt)).toEqual(
      key === '!run' ? [2, 3] : [1, 2, 3],
    )
  })

  test.each<[string, object]>([
    ['when it is decided so', { action: 'accept', content: { decision: 'fail' } }],
    ['when the question is declined', { action: 'decline' }],
    ['when the question is dismissed', { action: 'cancel' }],
  ])('fails %s', async (_, answer) => {
    const { fatal, task } = await submit('ask')
    await fatal.die(task)
    await task.run()
    await task.resolve(`${key}!1`, { value: answer })
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe(`It is not known whether ${label} took effect. It was decided not to do it again.`)
    expect(fatal.attempts).toBe(1)
  })

  test('fails when nobody answers in time', async () => {
    const { fatal, task } = await submit('ask')
    await fatal.die(task)
    await task.run()
    await task.resolve(`${key}!1`, { error: 'Nobody answered before the deadline of the question.' })
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('Nobody answered before the deadline of the question.')
    expect(fatal.attempts).toBe(1)
  })

  test('fails with the reason where nobody can be asked', async () => {
    const { fatal, task } = await submit('ask', { audience: NOBODY })
    await fatal.die(task)
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe(
      `The worker was lost during ${label}. It may or may not have taken effect. Nobody can be asked whether to do it again.`,
    )
    expect(fatal.attempts).toBe(1)
  })

  test('fails where it must not be done twice', async () => {
    const { fatal, task } = await submit('fail')
    await fatal.die(task)
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe(
      `The worker was lost during ${label}. It may or may not have taken effect. It is not done again.`,
    )
    expect(fatal.attempts).toBe(1)
  })

  test('is asked about once when the worker was lost again before the question was answered', async () => {
    const { fatal, task } = await submit('ask')
    await fatal.die(task)
    const claimed = await task.claim()
    const isPublished = Promise.withResolvers<void>()
    const { ledger } = claimed
    const running = task.activateWith({
      ...claimed,
      ledger: {
        ...ledger,
        suspend: async (write) => {
          await ledger.save(write)
          isPublished.resolve()
          return new Promise(() => {})
        },
      },
    })
    await isPublished.promise
    running.stop('crash')
    expect(await task.run()).toBe('suspended')
    expect((await task.waits()).map((wait) => wait.key)).toEqual([`${key}!1`])
    await task.answer(`${key}!1`, { decision: 'repeat' })
    fatal.isFatal = false
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done at attempt 2')
  })
})

describe('a tool that must not be repeated, and has used its context', () => {
  const program = (fatal: Fatal, first: (ctx: Context) => unknown) => async (ctx: Context) => {
    await first(ctx)
    return textOr(ctx.step('second', fatal.work))
  }

  test.each<[string, (ctx: Context) => unknown, number]>([
    ['a step', (ctx) => ctx.step('first', () => 1), 1],
    [
      'a tool',
      (ctx) =>
        ctx.run(
          'first',
          defineProgram(() => 'done'),
          {},
        ),
      1,
    ],
    ['an instant', (ctx) => ctx.now(), 1],
  ])('is replayed when it was lost after %s', async (_, first) => {
    const atTop = new Fatal()
    const task = await bench.submit(defineProgram(program(atTop, first), { inDoubt: 'ask' }))
    await atTop.die(task)
    atTop.isFatal = false
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done at attempt 2')

    const inside = new Fatal()
    const inner = defineProgram(program(inside, first), { inDoubt: 'ask' })
    const outer = await bench.submit(
      defineProgram(async (ctx) => (await ctx.run('call', inner, {})).content[0]?.text as string),
    )
    await inside.die(outer)
    inside.isFatal = false
    expect(await outer.run()).toBe('finished')
    expect(await outer.text()).toBe('done at attempt 2')
  })

  test('is replayed when it was lost in its very first step', async () => {
    const fatal = new Fatal()
    const task = await bench.submit(defineProgram((ctx) => ctx.step('only', fatal.work), { inDoubt: 'ask' }))
    await fatal.die(task)
    expect(await task.keys()).toEqual(['only?1'])
    fatal.isFatal = false
    await task.run()
    expect(await task.text()).toBe('done at attempt 2')
  })

  test('is replayed when it was lost in the very first call of a model', async () => {
    const fatal = new Fatal()
    const generate = async () =>
      ({ model: 'm', role: 'assistant', content: [{ type: 'text', text: String(await fatal.work()) }] }) as const
    const task = await bench.submit(
      defineProgram(
        async (ctx) => {
          const { content } = await ctx.sample({ maxTokens: 1, messages: [] })
          return { content: content as never }
        },
        { inDoubt: 'ask' },
      ),
      { models: { choose: () => generate } },
    )
    await fatal.die(task)
    fatal.isFatal = false
    await task.run()
    expect(await task.text()).toBe('done at attempt 2')
  })

  test('is not asked about when it was handed out again after it had only waited', async () => {
    let runs = 0
    const task = await bench.submit(
      defineProgram(
        async (ctx) => {
          runs++
          return (await ctx.elicit({ message: 'Go on?', schema: { type: 'object' } })).action
        },
        { inDoubt: 'ask' },
      ),
    )
    expect(await task.run()).toBe('suspended')
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
    expect(runs).toBe(2)
  })
})
