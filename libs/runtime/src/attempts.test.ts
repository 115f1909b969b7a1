import type { InDoubt, JsonObject } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, startBench } from '../test/drive-task.ts'
import {
  type Generate,
  NonRetryableError,
  OutcomeUnknownError,
  ProtocolError,
  RetryableError,
  type StepError,
  type StepHandle,
  type StepOptions,
} from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const AT_ONCE = { backoffMs: 0 }
/** Longer than any test. */
const LATER = { backoffMs: 3_600_000, maxBackoffMs: 3_600_000 }

const failWith = (...errors: unknown[]) => {
  const handles: StepHandle[] = []
  const body = (handle: StepHandle) => {
    handles.push(handle)
    if (handles.length <= errors.length) throw errors[handles.length - 1]
    return `done at attempt ${handle.attempt}`
  }
  return { body, handles }
}
/** Runs it until it is over, as fast as its timers can be ended. */
async function runToEnd(task: DrivenTask): Promise<void> {
  while ((await (await task.activate(60_000)).ended) === 'suspended') {
    for (const { key, wait } of await task.waits()) if (wait === 'timer') await task.elapse(key)
  }
}
const textOr = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message)
const submitStep = (body: (handle: StepHandle) => unknown, options: StepOptions = {}): Promise<DrivenTask> =>
  bench.submit(
    defineProgram((ctx) => textOr(ctx.step('pay', body, options))),
    { settings: { retryBackoffMs: 0 } },
  )

test('what code does to a value that it was given changes nothing of the record', async () => {
  const heard: string[] = []
  const note = (what: unknown) => void heard.push(JSON.stringify(what))
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const list = await ctx.step('list', () => [{ n: 1 }])
      note(list)
      list.push({ n: 2 })
      Object.assign(list[0] ?? {}, { n: 3 })
      const failure = new ProtocolError(7, 'no', { n: 1 })
      const error = await ctx.step('fail', () => Promise.reject(failure)).catch((thrown: StepError) => thrown)
      note(error.data)
      Object.assign(error.data ?? {}, { n: 3 })
      await ctx.sleep(3_600_000)
    }),
  )
  await task.run()
  await task.elapse('sleep#1')
  await task.run()
  expect(heard).toEqual(['[{"n":1}]', '{"n":1}', '[{"n":1}]', '{"n":1}'])
})

test('a failure with data that cannot be kept is heard without it, live and on replay', async () => {
  const heard: unknown[] = []
  const circular: JsonObject = { self: undefined }
  Object.assign(circular, { self: circular })
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const failure = new ProtocolError(7, 'no', circular)
      const error = await ctx.step('fail', () => Promise.reject(failure)).catch((thrown: StepError) => thrown)
      heard.push({ code: error.code, data: error.data })
      await ctx.sleep(3_600_000)
    }),
  )
  await task.run()
  await task.elapse('sleep#1')
  await task.run()
  expect(heard).toEqual([
    { code: 7, data: undefined },
    { code: 7, data: undefined },
  ])
})

describe('a step that failed', () => {
  test.each([
    ['is tried again where the error says that it may pass', new RetryableError('busy'), {}, 2],
    ['is tried again where the step declares a policy', new Error('busy'), { retry: AT_ONCE }, 2],
    ['is not tried again where nobody says anything', new Error('busy'), {}, 1],
    ['is not tried again where the error says that it is of no use', new NonRetryableError('no'), { retry: {} }, 1],
    ['is not tried again where one attempt is all', new RetryableError('busy'), { retry: { maxAttempts: 1 } }, 1],
    ['is believed whatever its class is', Object.assign(new TypeError('busy'), { retryable: true }), {}, 2],
  ])('%s', async (_, error, options, attempts) => {
    const { body, handles } = failWith(error)
    const task = await submitStep(body, options)
    await runToEnd(task)
    expect(await task.text()).toBe(attempts === 1 ? error.message : 'done at attempt 2')
    expect(handles).toHaveLength(attempts)
    expect(await task.keys()).toEqual(attempts === 1 ? ['pay'] : ['pay!r1', 'pay'])
  })

  test('keeps its idempotency key, and counts its attempts', async () => {
    const { body, handles } = failWith(new Error('one'), new Error('two'))
    const task = await submitStep(body, { retry: AT_ONCE })
    await runToEnd(task)
    expect(handles.map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, `${task.id}/pay`],
      [2, `${task.id}/pay`],
      [3, `${task.id}/pay`],
    ])
  })

  test('fails in the end with its last failure', async () => {
    const { body } = failWith(new Error('one'), new Error('two'), new Error('three'))
    const task = await submitStep(body, { retry: { ...AT_ONCE, maxAttempts: 2 } })
    await runToEnd(task)
    expect(await task.text()).toBe('two')
    expect(await task.keys()).toEqual(['pay!r1', 'pay'])
  })

  test('holds nothing while it waits to be tried again, and the record says why', async () => {
    const { body, handles } = failWith(Object.assign(new Error('the till is shut'), { code: 7 }))
    const task = await submitStep(body, { retry: LATER })
    const before = Date.now()
    expect(await task.run()).toBe('suspended')
    const [wait] = await task.waits()
    expect(wait).toMatchObject({ wait: 'timer', key: 'pay!r1', value: { attempt: 1, message: 'the till is shut' } })
    expect(wait?.deadline).toBeGreaterThanOrEqual(before + 1_800_000)
    expect(handles).toHaveLength(1)

    await task.elapse('pay!r1')
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done at attempt 2')
    expect((await task.journal())[0]).toMatchObject({
      key: 'pay!r1',
      kind: 'retry',
      value: { attempt: 1, message: 'the till is shut' },
    })
  })

  test('waits as long as the failure asks for', async () => {
    const task = await submitStep(failWith(new RetryableError('busy', { retryAfterMs: 7_200_000 })).body)
    const before = Date.now()
    expect(await task.run()).toBe('suspended')
    expect((await task.waits())[0]?.deadline).toBeGreaterThanOrEqual(before + 7_200_000)
  })

  test('is tried again while other steps of the task still run', async () => {
    const { body } = failWith(new RetryableError('busy'))
    const paid = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const other = ctx.step('other', () => paid.promise)
        const text = await ctx.step('pay', body)
        paid.resolve()
        await other
        return text
      }),
      { settings: { retryBackoffMs: 1 } },
    )
    expect(await (await task.activate(60_000)).ended).toBe('finished')
    expect(await task.text()).toBe('done at attempt 2')
    expect(await task.waits()).toEqual([])
  })

  test('is refused with a policy that cannot be, and nothing is done', async () => {
    const { body, handles } = failWith()
    const task = await submitStep(body, { retry: { maxAttempts: 0 } })
    await runToEnd(task)
    expect(await task.text()).toMatch(/^retry.maxAttempts is 0/)
    expect(handles).toEqual([])
    expect(await task.keys()).toEqual([])
  })

  test('is not done again for a value that cannot be kept', async () => {
    const handles: StepHandle[] = []
    const task = await submitStep(
      (handle) => {
        handles.push(handle)
        return 1n
      },
      { retry: AT_ONCE },
    )
    await task.run()
    expect(await task.text()).toMatch(/BigInt/)
    expect(handles).toHaveLength(1)
  })
})

describe.each<InDoubt>(['repeat', 'ask', 'fail'])(
  'a worker that is lost around a retry of a step that is to %s',
  (inDoubt) => {
    /** A task whose step failed once, suspended before its second attempt, in which a worker is lost. */
    async function lostInSecond(): Promise<{ task: DrivenTask; attempts: () => number }> {
      const began = Promise.withResolvers<void>()
      let attempts = 0
      const task = await submitStep(
        () => {
          attempts++
          if (attempts === 1) throw new Error('busy')
          began.resolve()
          return attempts === 2 ? new Promise(() => {}) : `done at last`
        },
        { retry: LATER, inDoubt },
      )
      expect(await task.run()).toBe('suspended')
      await task.elapse('pay!r1')
      const running = await task.activate()
      await began.promise
      running.stop('crash')
      return { task, attempts: () => attempts }
    }

    test('does not put the attempt in doubt that failed', async () => {
      const { body, handles } = failWith(new Error('busy'))
      const task = await submitStep(body, { retry: LATER, inDoubt })
      await task.run()
      await task.elapse('pay!r1')
      ;(await task.activate()).stop('crash')
      expect(await task.run()).toBe('finished')
      expect(await task.text()).toBe('done at attempt 2')
      expect(handles).toHaveLength(2)
    })

    test('writes down each attempt, if it is not to be repeated silently', async () => {
      const { task, attempts } = await lostInSecond()
      const intents = inDoubt === 'repeat' ? [] : ['pay?1', 'pay?2']
      expect((await task.keys()).filter((key) => key.includes('?'))).toEqual(intents)
      const ended = await task.run()
      if (inDoubt === 'ask') {
        expect(ended).toBe('suspended')
        expect((await task.waits()).map(({ key }) => key)).toEqual(['pay!2'])
        await task.answer('pay!2', { decision: 'repeat' })
        expect(await task.run()).toBe('finished')
        expect((await task.keys()).filter((key) => key.includes('?'))).toEqual([...intents, 'pay?3'])
      }
      expect(attempts()).toBe(inDoubt === 'fail' ? 2 : 3)
      expect(await task.text()).toMatch(inDoubt === 'fail' ? /It is not done again/ : /^done at last$/)
    })
  },
)

describe('a step whose outcome is not known', () => {
  const unknown = () => failWith(new OutcomeUnknownError('The line went dead; nobody knows.'))

  test('is asked about, where it is to be asked about, also with a policy', async () => {
    const { body, handles } = unknown()
    const task = await submitStep(body, { retry: AT_ONCE, inDoubt: 'ask' })
    expect(await task.run()).toBe('suspended')
    const [wait] = await task.waits()
    expect(wait?.wait === 'question' && 'message' in wait.question && wait.question.message).toBe(
      `The line went dead; nobody knows. Should it be done again? (attempt 1, idempotency key ${task.id}/pay)`,
    )
    await task.answer('pay!1', { decision: 'repeat' })
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done at attempt 2')
    expect(handles).toHaveLength(2)
  })

  test('fails where it is to fail', async () => {
    const { body, handles } = unknown()
    const task = await submitStep(body, { retry: AT_ONCE, inDoubt: 'fail' })
    await task.run()
    expect(await task.text()).toBe('The line went dead; nobody knows. It is not done again.')
    expect(handles).toHaveLength(1)
  })

  test('is tried again by the policy where it may be repeated', async () => {
    const task = await submitStep(unknown().body, { retry: AT_ONCE })
    await runToEnd(task)
    expect(await task.text()).toBe('done at attempt 2')
    const without = await submitStep(unknown().body)
    await runToEnd(without)
    expect(await without.text()).toBe('The line went dead; nobody knows.')
  })
})

describe('a step that takes longer than it may', () => {
  test('fails at its timeout, its signal aborts, and what comes of it later counts for nothing', async () => {
    const late = Promise.withResolvers<string>()
    const reasons: unknown[] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const body = ({ signal }: StepHandle) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason))
          return late.promise
        }
        const text = await textOr(ctx.step('pay', body, { timeoutMs: 5 }))
        late.resolve('too late')
        await ctx.step('next', () => 1)
        return text
      }),
    )
    expect(await (await task.activate(60_000)).ended).toBe('finished')
    expect(await task.text()).toBe(
      "The step 'pay' did not end within 5 ms (timeoutMs); it is not known whether it took effect.",
    )
    expect(reasons).toEqual([expect.objectContaining({ name: 'TimeoutError' })])
    expect(await task.keys()).toEqual(['pay', 'next'])
  })

  test('is left alone once it is done in time', async () => {
    const signals: AbortSignal[] = []
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('quick', ({ signal }) => void signals.push(signal), { timeoutMs: 1 })
        await textOr(ctx.step('slow', () => new Promise(() => {}), { timeoutMs: 20 }))
        return String(signals[0]?.aborted)
      }),
    )
    await (await task.activate(60_000)).ended
    expect(await task.text()).toBe('false')
  })

  test('does not hold the task, which can wait for something else', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await textOr(ctx.step('pay', () => new Promise(() => {}), { timeoutMs: 1 }))
        await ctx.sleep(3_600_000)
      }),
    )
    expect(await (await task.activate(60_000)).ended).toBe('suspended')
  })

  test('is tried again by its policy', async () => {
    let attempts = 0
    const task = await submitStep(() => (++attempts === 1 ? new Promise(() => {}) : 'done'), {
      retry: AT_ONCE,
      timeoutMs: 5,
    })
    await runToEnd(task)
    expect(await task.text()).toBe('done')
  })

  test('is in doubt where it must not be repeated silently', async () => {
    const task = await submitStep(() => new Promise(() => {}), { inDoubt: 'ask', retry: AT_ONCE, timeoutMs: 5 })
    expect(await (await task.activate(60_000)).ended).toBe('suspended')
    await task.answer('pay!1', { decision: 'fail' })
    await task.run()
    expect(await task.text()).toBe(
      "It is not known whether the step 'pay' took effect. It was decided not to do it again.",
    )
  })

  test('has the limit of the settings where it says nothing', async () => {
    const task = await bench.submit(
      defineProgram((ctx) => textOr(ctx.step('pay', () => new Promise(() => {})))),
      { settings: { stepTimeoutMs: 7 } },
    )
    await (await task.activate(60_000)).ended
    expect(await task.text()).toMatch(/within 7 ms \(LONGHAUL_STEP_TIMEOUT_MS\)/)
  })

  test('leaves no timer behind when the activation ends first', async () => {
    const count = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = count()
    for (let n = 0; n < 20; n++) {
      const began = Promise.withResolvers<void>()
      const task = await submitStep(
        () => {
          began.resolve()
          return new Promise(() => {})
        },
        { timeoutMs: 3_600_000 },
      )
      const running = await task.activate()
      await began.promise
      running.stop('crash')
    }
    // A few are of connections.
    expect(count()).toBeLessThan(before + 10)
  })
})

test('a model that is overloaded is asked again, in the same step', async () => {
  let calls = 0
  const generate: Generate = async () => {
    calls++
    if (calls === 1) throw new RetryableError('overloaded', { retryAfterMs: 1 })
    return { model: 'm', role: 'assistant', content: [{ type: 'text', text: 'hello' }] }
  }
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const message = { role: 'user', content: [{ type: 'text', text: 'hi' }] } as const
      return JSON.stringify((await ctx.sample({ messages: [message], maxTokens: 5 })).content)
    }),
    { settings: { retryBackoffMs: 0 }, models: { choose: () => generate } },
  )
  await runToEnd(task)
  expect(await task.text()).toBe('[{"type":"text","text":"hello"}]')
  expect(await task.keys()).toEqual(['sample#1!r1', 'sample#1'])
})

test('a model has the limit of the settings', async () => {
  const task = await bench.submit(
    defineProgram((ctx) => textOr(ctx.sample({ messages: [], maxTokens: 5 }))),
    { settings: { modelTimeoutMs: 5 }, models: { choose: () => () => new Promise(() => {}) } },
  )
  await (await task.activate(60_000)).ended
  expect(await task.text()).toMatch(/^The model step 'sample#1' did not end within 5 ms \(LONGHAUL_MODEL_TIMEOUT_MS\)/)
})

describe('a tool inside the task that failed', () => {
  test('is tried again until it has used its context', async () => {
    let calls = 0
    const flaky = defineProgram(async (ctx) => {
      calls++
      if (calls === 1) throw new RetryableError('busy')
      await ctx.step('inside', () => 1)
      throw new RetryableError('still busy')
    })
    const task = await bench.submit(
      defineProgram((ctx) => textOr(ctx.run('call', flaky, {}))),
      { settings: { retryBackoffMs: 0 } },
    )
    await runToEnd(task)
    expect(await task.text()).toBe('still busy')
    expect(calls).toBe(2)
    expect(await task.keys()).toEqual(['call!r1', 'call/inside', 'call'])
  })

  test('goes on in the same way when it is replayed after its second attempt has left a trace', async () => {
    let calls = 0
    const flaky = defineProgram(
      async (ctx) => {
        calls++
        if (calls === 1) throw new RetryableError('busy')
        await ctx.sleep(3_600_000)
        return 'slept'
      },
      { inDoubt: 'ask' },
    )
    const task = await bench.submit(
      defineProgram((ctx) =>
        textOr(
          ctx.run('call', flaky, {}).then(({ content: [block] }) => (block?.type === 'text' ? block.text : block)),
        ),
      ),
      { settings: { retryBackoffMs: 3_600_000 } },
    )
    expect(await task.run()).toBe('suspended')
    await task.elapse('call!r1')
    expect(await task.run()).toBe('suspended')
    await task.elapse('call/sleep#1')
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('slept')
    expect(calls).toBe(3)
    expect(await task.keys()).toEqual(['call?1', 'call!r1', 'call?2', 'call/sleep#1', 'call'])
  })
})
