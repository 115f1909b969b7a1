import { defineTool, type Tool, toCatalogEntry } from '@longhaul/runtime'
import { CatalogAnnouncer } from '@longhaul/store'
import { type CatalogEntry, LonghaulError, type Principal, text } from '@longhaul/task'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRunner, wakeUpOf } from '../test/open-runner.ts'
import { openStoreOfFile, testSettings } from '../test/worker-store.ts'
import type { TaskRunner } from './task-runner.ts'

/** What happened outside, and under which idempotency keys. */
const effects: string[] = []
const keys: string[] = []
/** Whether what can fail does. */
let isDown = true
let holding = Promise.withResolvers<void>()

const tool = (name: string, execute: Tool['execute'], inDoubt: 'repeat' | 'ask' = 'repeat') =>
  defineTool({ name, description: 'A test.', inputSchema: { type: 'object' }, inDoubt, execute: execute as never })
const happen =
  (what: string) =>
  ({ idempotencyKey }: { idempotencyKey: string }) => {
    effects.push(what)
    keys.push(idempotencyKey)
    if (isDown && what.startsWith('b')) throw new Error(`${what} is down`)
    return what
  }
const say = (said: unknown) => ({ content: [text(JSON.stringify(said))] })

const INNER = tool('inner', async (_args, ctx) => {
  await ctx.step('a', happen('inner a'))
  return say(await ctx.step('b', happen('b inside')))
})
const TOOLS = [
  tool('plain', async (_args, ctx) => {
    await ctx.step('a', happen('a'))
    await ctx.step('b', happen('b'))
    return say(await ctx.step('c', happen('c')))
  }),
  tool('wrapping', async (_args, ctx) => {
    await ctx.step('a', happen('a'))
    try {
      await ctx.step('b', happen('b'))
    } catch (cause) {
      await ctx.step('clean-up', happen('clean-up'))
      throw new Error('It did not work.', { cause })
    }
    return say('done')
  }),
  tool('nesting', async (_args, ctx) => {
    await ctx.step('a', happen('a'))
    return ctx.run('inner', INNER, {})
  }),
  tool('asking', async (_args, ctx) => {
    await ctx.step('a', happen('a'))
    const { action } = await ctx.elicit({ key: 'go', message: 'Go on?', schema: { type: 'object', properties: {} } })
    return say(action)
  }),
  tool('holding', async (_args, ctx) => {
    await ctx.step('a', happen('a'))
    const hold = () => {
      effects.push('held')
      holding.resolve()
      return isDown ? new Promise(() => {}) : 'held'
    }
    return say(await ctx.step('hold', hold, { inDoubt: 'ask' }))
  }),
  tool(
    'opaque',
    async () => {
      effects.push('opaque')
      holding.resolve()
      return isDown ? new Promise<never>(() => {}) : say('done')
    },
    'ask',
  ),
]

const store = await openStoreOfFile({ isKept: true })
let announcer: CatalogAnnouncer
let runner: TaskRunner
/** Goes on with a task as far as it gets. */
const advance = (taskId: string) => runner.advance(wakeUpOf(taskId))
beforeAll(async () => {
  announcer = new CatalogAnnouncer(store.connection, testSettings())
  await announcer.announce(TOOLS.map(toCatalogEntry))
})
beforeEach(() => {
  runner = openRunner(store, TOOLS).runner
})
afterEach(async () => {
  effects.splice(0)
  keys.splice(0)
  isDown = true
  holding = Promise.withResolvers()
})

async function failedTask(name: string): Promise<string> {
  const taskId = await store.submit(name)
  await advance(taskId)
  return taskId
}
/** A retry when things work again, run as far as it gets. */
async function retried(taskId: string): Promise<string> {
  isDown = false
  const { id, head } = await store.engine.retry(store.principal, taskId)
  expect(head).toMatchObject({ retriedFrom: taskId, owner: store.principal.owner })
  await advance(id)
  return id
}
const answer = (taskId: string, key: string, content = {}) =>
  store.engine.answer(store.principal, {
    taskId,
    key,
    reply: { kind: 'answer', answer: { action: 'accept', content } },
  })

describe('a retry', () => {
  test('has the good steps, does the failed one again, and goes on', async () => {
    const taskId = await failedTask('plain')
    expect(await store.outcome(taskId)).toContain('b is down')
    const again = await retried(taskId)
    expect(await store.outcome(again)).toContain('"text":"\\"c\\""')
    expect(effects).toEqual(['a', 'b', 'b', 'c'])
    expect(await store.status(taskId)).toBe('completed')
  })

  test('does each step under the idempotency key of the first task, however often it is retried', async () => {
    const taskId = await failedTask('plain')
    const again = (await store.engine.retry(store.principal, taskId)).id
    await advance(again)
    const third = await retried(again)
    expect(await store.outcome(third)).toContain('c')
    expect(keys).toEqual(['a', 'b', 'b', 'b', 'c'].map((key) => `${taskId}/${key}`))
  })

  test('takes back what the code did about the failure that it ended with', async () => {
    const again = await retried(await failedTask('wrapping'))
    expect(await store.outcome(again)).toContain('done')
    expect(effects).toEqual(['a', 'b', 'clean-up', 'b'])
  })

  test('goes into the tool inside that failed', async () => {
    const again = await retried(await failedTask('nesting'))
    expect(await store.outcome(again)).toContain('b inside')
    expect(effects).toEqual(['a', 'inner a', 'b inside', 'b inside'])
  })

  test('of a task that was cancelled asks anew, and has what was done', async () => {
    const taskId = await failedTask('asking')
    await store.engine.cancel(store.principal, taskId)
    const again = await retried(taskId)
    expect(await store.status(again)).toBe('input_required')
    await answer(again, 'go')
    await advance(again)
    expect(await store.outcome(again)).toContain('accept')
    expect(effects).toEqual(['a'])
  })

  test.each([
    ['a step', 'holding', 'hold!1'],
    ['the call itself', 'opaque', '!run!1'],
  ])('leaves in doubt what was under way: %s', async (_what, name, question) => {
    const taskId = await store.submit(name)
    const running = advance(taskId)
    await holding.promise
    await store.engine.cancel(store.principal, taskId)
    runner.news.hear('lost', taskId)
    await running
    const before = effects.length
    const again = await retried(taskId)
    expect(await store.status(again)).toBe('input_required')
    expect(effects).toHaveLength(before)
    await answer(again, question, { decision: 'repeat' })
    await advance(again)
    expect(await store.status(again)).toBe('completed')
    expect(effects).toHaveLength(before + 1)
  })

  test('of a task whose start was put off and which was cancelled starts now, without a doubt', async () => {
    const startAt = Date.now() + 60_000
    const audience = { sampling: 'none', elicitation: true } as const
    const { principal, engine } = store
    const { id } = await engine.submit({ principal, tool: 'opaque', args: {}, audience, startAt, priority: 3 })
    await engine.cancel(principal, id)
    const again = await retried(id)
    expect(await store.outcome(again)).toContain('done')
    const { head } = await engine.inspect(principal, again)
    expect(head.priority).toBe(3)
    expect(head).not.toHaveProperty('startAt')
  })

  test('is one of the tool as it is now, also in whether it takes messages and is undone', async () => {
    const entry = toCatalogEntry(tool('remade', () => Promise.reject(new Error('It did not work.'))))
    const heads: unknown[] = []
    const end = async (taskId: string) => {
      const { head } = await store.engine.cancel(store.principal, taskId)
      heads.push([head.undoable, head.effectsStay, head.steerable])
      return taskId
    }
    const announce = async (as: Partial<CatalogEntry>) => {
      await announcer.announce([...TOOLS.map(toCatalogEntry), { ...entry, ...as }])
      const definition = async () => (await store.catalog.find('remade'))?.definition
      await expect.poll(definition, { timeout: 20_000 }).toBe(as.definition)
    }
    await announce({ definition: 'd1' })
    const first = await end(await store.submit('remade'))
    await announce({ definition: 'd2', undoes: true, effectsStay: true, steerable: true })
    const second = await end((await store.engine.retry(store.principal, first)).id)
    await announce({ definition: 'd3' })
    await end((await store.engine.retry(store.principal, second)).id)
    const none = [undefined, undefined, undefined]
    expect(heads).toEqual([none, [true, true, true], none])
  })

  test('is made once, and given to whoever asks again', async () => {
    const taskId = await failedTask('plain')
    const tasks = await Promise.all([1, 2, 3].map(() => store.engine.retry(store.principal, taskId)))
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(1)
  })
})

describe('no retry', () => {
  const refusal = (taskId: string, principal: Principal = store.principal) =>
    store.engine.retry(principal, taskId).then(
      () => 'taken',
      (error) => (error instanceof LonghaulError ? `${error.code}: ${error.message}` : error),
    )

  test('is there of a task that lives, or that succeeded', async () => {
    const taskId = await store.submit('plain')
    expect(await refusal(taskId)).toBe('task_not_retriable: The task is working. Only one that is over can be retried.')
    isDown = false
    await advance(taskId)
    expect(await refusal(taskId)).toBe('task_not_retriable: The task succeeded. There is nothing to retry.')
  })

  test('is there for others, but for who may do everything; the owner stays the same', async () => {
    const taskId = await failedTask('plain')
    const ben: Principal = { owner: { issuer: 'test', subject: 'ben' }, scopes: ['tasks:cancel', 'tasks:read'] }
    expect(await refusal(taskId, ben)).toBe('task_not_found: Task not found')
    const { head } = await store.engine.retry({ ...ben, scopes: ['tasks:admin'] }, taskId)
    expect(head.owner).toEqual(store.principal.owner)
  })
})
