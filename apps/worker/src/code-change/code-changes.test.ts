import { type Context, defineTool, type Tool, toCatalogEntry } from '@longhaul/runtime'
import { CatalogAnnouncer, RedisClaimStore } from '@longhaul/store'
import { isOutcome, type OnCodeChange, partitionOf, type Settings, type WakeUp } from '@longhaul/task'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openRunner as openRunnerOf, wakeUpOf } from '../../test/open-runner.ts'
import { openStoreOfFile, testSettings } from '../../test/worker-store.ts'
import { HandedOver } from './handed-over.ts'

const store = await openStoreOfFile({ isKept: true })
let announcer: CatalogAnnouncer
beforeAll(async () => {
  announcer = new CatalogAnnouncer(store.connection, testSettings())
})

/** What steps did, by the version whose code did it. */
let did: string[] = []
let named = 0

type Code = (ctx: Context, version: string) => Promise<string>

const work = (ctx: Context, key: string, version: string) => ctx.step(key, () => did.push(`${key} by ${version}`))
const ask = (ctx: Context, key = 'go') =>
  ctx.elicit({ key, message: 'Go on?', schema: { type: 'object', properties: {} } })

/** A step, a question, a step. */
const CODE: Code = async (ctx, version) => {
  await work(ctx, 'first', version)
  await ask(ctx)
  await work(ctx, 'second', version)
  return `done by ${version}`
}

/** A tool of its own for each test, in as many versions as are asked for. */
function newTool(policy?: OnCodeChange) {
  did = []
  const name = `tool${++named}`
  const at = (version: string, code = CODE): Tool =>
    defineTool({
      name,
      description: 'A test.',
      inputSchema: { type: 'object' },
      version,
      ...(policy && { onCodeChange: policy }),
      execute: (_, ctx) => code(ctx, version),
    })
  return { name, at }
}

/** A worker that has these tools, and whose grace is over at once. */
const openRunner = (worker: string, tools: Tool[], changed: Partial<Settings> = { catalogGraceMs: 1 }) =>
  openRunnerOf(store, tools, { worker, ...changed })

/** Says that a worker lives; it takes what others leave to it. */
async function beat({ runner, workers, definitions }: ReturnType<typeof openRunner>, id: string, queues = ['default']) {
  const { names: tools, versions } = definitions
  const now = { concurrency: 1, running: 0, refusedWrites: 0, startedAt: 0, beatAt: 0 }
  await workers.beat({ id, host: 'here', pid: 1, version: '1', queues, tools, versions, ...now })
  const handedOver = new HandedOver(1, (wakeUp) => runner.advance(wakeUp))
  const seen: WakeUp[] = []
  const stop = await workers.listen(
    id,
    () => {},
    (wakeUp) => {
      seen.push(wakeUp)
      handedOver.take(wakeUp)
    },
  )
  onTestFinished(async () => {
    await stop()
    await workers.leave(id)
  })
  return seen
}

async function submit(tool: Tool) {
  await announcer.announce([toCatalogEntry(tool)])
  await expect.poll(() => store.catalog.find(tool.name)).toMatchObject({ version: tool.version })
  return store.submit(tool.name)
}

const answer = (taskId: string, key: string, content: Record<string, string> = {}) =>
  store.engine.answer(store.principal, {
    taskId,
    key,
    reply: { kind: 'answer', answer: { action: 'accept', content } },
  })
const questions = async (taskId: string) => {
  const task = await store.engine.inspect(store.principal, taskId)
  return (await store.engine.openQuestions(task)).map(({ wait }) => wait.key)
}
const keys = async (taskId: string) => {
  const task = await store.engine.inspect(store.principal, taskId)
  return (await store.engine.readJournal(task)).filter(isOutcome).map(({ key }) => key)
}

/** As if something else that the task waits for had come. */
const goOnAgain = (taskId: string) => store.redis.hset(recordOf(taskId), 'run', 'ready')
const recordOf = (taskId: string) => `{lh:${partitionOf(taskId)}}:task:${taskId}`

/** A task that waits, begun with version 1. */
async function begun(policy?: OnCodeChange, code = CODE) {
  const tool = newTool(policy)
  const taskId = await submit(tool.at('1', code))
  const one = openRunner('one', [tool.at('1', code)])
  await one.runner.advance(wakeUpOf(taskId))
  return { tool, taskId, one }
}

test('a task goes on with a worker that has its version, as long as there is one', async () => {
  const { tool, taskId, one } = await begun('fail')
  const elsewhere = openRunner('elsewhere', [tool.at('1')])
  const unasked = await beat(elsewhere, 'elsewhere', ['gpu'])
  const taken = await beat(one, 'one')
  const two = openRunner('two', [tool.at('2')])
  await beat(two, 'two')
  await answer(taskId, 'go')
  await two.runner.advance(wakeUpOf(taskId))
  await expect.poll(() => store.outcome(taskId)).toContain('done by 1')
  expect(did).toEqual(['first by 1', 'second by 1'])
  expect([taken, unasked]).toEqual([[{ taskId, queue: 'default' }], []])
})

test('a task whose worker of that version has gone before it heard of it is due soon', async () => {
  const { tool, taskId, one } = await begun()
  await beat(one, 'one')
  await one.workers.listen('one', () => {})
  const two = openRunner('two', [tool.at('2')])
  await answer(taskId, 'go')
  const parts = { taskId, queue: 'default' }
  await one.runner.leave()
  await two.runner.advance(parts)
  const due = Number(await store.redis.zscore(`{lh:${partitionOf(taskId)}}:due`, taskId))
  expect(due - Date.now()).toBeLessThanOrEqual(testSettings().wakeGraceMs)
  expect(await store.status(taskId)).toBe('working')
})

test('a task that has done nothing yet takes the code as it is', async () => {
  const tool = newTool('fail')
  const taskId = await submit(tool.at('1'))
  const two = openRunner('two', [tool.at('2')])
  await two.runner.advance(wakeUpOf(taskId))
  expect(did).toEqual(['first by 2'])
  expect(await keys(taskId)).toEqual(['!code', 'first'])
})

describe('continue', () => {
  test('goes on with the code that there is, and is by that from then on', async () => {
    const { tool, taskId } = await begun()
    const two = openRunner('two', [tool.at('2')], {})
    await answer(taskId, 'go')
    await two.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('done by 2')
    expect(did).toEqual(['first by 1', 'second by 2'])
    expect(two.said()).toContain('the task goes on with another version of its tool')
    expect(await keys(taskId)).toEqual(['first', 'go', '!code', 'second'])
  })

  test('begins nothing where the task is paused meanwhile, and goes on when it is resumed', async () => {
    const { tool, taskId } = await begun()
    await answer(taskId, 'go')
    const claims = new RedisClaimStore(store.connection, testSettings())
    const claim = claims.claim.bind(claims)
    claims.claim = async (...given) => {
      const claimed = await claim(...given)
      if (claimed.kind === 'claimed') await store.engine.pause(store.principal, taskId)
      return claimed
    }
    const two = openRunnerOf(store, [tool.at('2')], { worker: 'two', claims })
    await two.runner.advance(wakeUpOf(taskId))
    expect(did).toEqual(['first by 1'])
    expect(await store.message(taskId)).toMatch(/^Paused since/)
    await store.engine.resume(store.principal, taskId)
    await openRunner('three', [tool.at('2')]).runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('done by 2')
    expect(await keys(taskId)).toEqual(['first', 'go', '!code', 'second'])
  })

  test('fails before anything is done where the code does not fit, and the retry goes on with the new code', async () => {
    const { tool, taskId } = await begun()
    const changed: Code = async (ctx, version) => {
      await work(ctx, 'first', version)
      await work(ctx, 'new', version)
      return `done by ${version}`
    }
    const two = openRunner('two', [tool.at('2', changed)])
    await answer(taskId, 'go')
    await two.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain(
      "journal_mismatch: expected the step 'go' (question), which is on record, and came to the step 'new' (step).",
    )
    expect(did).toEqual(['first by 1'])
    await announcer.announce([toCatalogEntry(tool.at('2', changed))])
    await expect.poll(() => store.catalog.find(tool.name)).toMatchObject({ version: '2' })
    const retried = await store.engine.retry({ ...store.principal, scopes: ['tasks:admin'] }, taskId)
    await two.runner.advance(wakeUpOf(retried.id))
    expect(await store.outcome(retried.id)).toContain('done by 2')
    expect(did).toEqual(['first by 1', 'new by 2'])
  })

  test('has to fit again where the version of before is back', async () => {
    const twice: Code = async (ctx, version) => {
      await CODE(ctx, version)
      await ask(ctx, 'more')
      return `done by ${version}`
    }
    const { tool, taskId, one } = await begun()
    const two = openRunner('two', [tool.at('2', twice)])
    await answer(taskId, 'go')
    await two.runner.advance(wakeUpOf(taskId))
    await answer(taskId, 'more')
    await one.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain("expected the step 'more' (question)")
    expect(await keys(taskId)).toEqual(['first', 'go', '!code', 'second', 'more', '!code'])
  })
})

describe('fail and ask', () => {
  test.each(['fail', 'ask'] as const)('%s waits for the version to come back, and says so', async (policy) => {
    const { tool, taskId, one } = await begun(policy)
    const two = openRunner('two', [tool.at('2')], { catalogGraceMs: 60_000 })
    await answer(taskId, 'go')
    await two.runner.advance(wakeUpOf(taskId))
    expect(await store.message(taskId)).toBe(
      `Waits for a worker that has version '1' of the tool '${tool.name}'; others have another.`,
    )
    await one.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('done by 1')
  })

  test('fail fails the task, and a retry goes on with the new code', async () => {
    const { tool, taskId } = await begun()
    const two = openRunner('two', [tool.at('2')], { catalogGraceMs: 1, onCodeChange: 'fail' })
    await answer(taskId, 'go')
    await two.runner.advance(wakeUpOf(taskId))
    expect(JSON.parse((await store.outcome(taskId)) ?? '')).toEqual({
      kind: 'error',
      error: {
        code: -32603,
        message: `code_changed: The tool '${tool.name}' has changed under this task: it began with version '1', which no worker has any more, and there is version '2' now. A retry goes on with the code as it is then.`,
      },
    })
    await announcer.announce([toCatalogEntry(tool.at('2'))])
    await expect.poll(() => store.catalog.find(tool.name)).toMatchObject({ version: '2' })
    const retried = await store.engine.retry({ ...store.principal, scopes: ['tasks:admin'] }, taskId)
    await two.runner.advance(wakeUpOf(retried.id))
    expect(await store.outcome(retried.id)).toContain('done by 2')
    expect(did).toEqual(['first by 1', 'second by 2'])
  })

  /** A task that waits for somebody to say whether it should go on with version 2. */
  async function asked(code = CODE) {
    const { tool, taskId, one } = await begun('ask', code)
    const two = openRunner('two', [tool.at('2', code)])
    await answer(taskId, 'go')
    await two.runner.advance(wakeUpOf(taskId))
    expect(await questions(taskId)).toEqual(['!code!1'])
    return { tool, taskId, one, two }
  }

  test('ask goes on when a person says so', async () => {
    const { taskId, two } = await asked()
    await two.runner.advance(wakeUpOf(taskId))
    expect([await store.status(taskId), did]).toEqual(['input_required', ['first by 1']])
    await answer(taskId, '!code!1', { decision: 'continue' })
    await two.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('done by 2')
    expect(did).toEqual(['first by 1', 'second by 2'])
  })

  test('ask ends the task when a person says so, or nobody says anything', async () => {
    const { taskId, two } = await asked()
    await answer(taskId, '!code!1', { decision: 'end' })
    await two.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('It was decided to end the task.')
    const other = await asked()
    const reply = { kind: 'refusal', failure: { message: 'no' } } as const
    await store.engine.answer(store.principal, { taskId: other.taskId, key: '!code!1', reply })
    await other.two.runner.advance(wakeUpOf(other.taskId))
    expect(await store.outcome(other.taskId)).toContain('Nobody answered whether it should go on.')
  })

  test('ask asks again where there is another version by then', async () => {
    const { tool, taskId, two } = await asked()
    await answer(taskId, '!code!1', { decision: 'continue' })
    const three = openRunner('three', [tool.at('3')])
    await three.runner.advance(wakeUpOf(taskId))
    expect(await questions(taskId)).toEqual(['!code!2'])
    await goOnAgain(taskId)
    await two.runner.advance(wakeUpOf(taskId))
    await two.runner.advance(wakeUpOf(taskId))
    expect(await questions(taskId)).toEqual(['!code!3'])
    await answer(taskId, '!code!3', { decision: 'continue' })
    await two.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('done by 2')
  })

  test('ask is of no interest any more when the version of the task is back', async () => {
    const { taskId, one } = await asked()
    await goOnAgain(taskId)
    await one.runner.advance(wakeUpOf(taskId))
    expect(await store.outcome(taskId)).toContain('done by 1')
    expect(did).toEqual(['first by 1', 'second by 1'])
  })

  test('ask fails the task where nobody can be asked', async () => {
    const tool = newTool('ask')
    await announcer.announce([toCatalogEntry(tool.at('1'))])
    await expect.poll(() => store.catalog.find(tool.name)).toBeDefined()
    const audience = { sampling: 'none', elicitation: false } as const
    const { principal } = store
    const { id } = await store.engine.submit({ principal, tool: tool.name, args: {}, audience })
    const code: Code = async (ctx, version) => {
      await work(ctx, 'first', version)
      await ctx.sleep(1)
      return version
    }
    await openRunner('one', [tool.at('1', code)]).runner.advance(wakeUpOf(id))
    await goOnAgain(id)
    await openRunner('two', [tool.at('2', code)]).runner.advance(wakeUpOf(id))
    expect(await store.outcome(id)).toContain('Nobody can be asked whether it should go on.')
  })

  test('ask and fail leave in doubt what was under way when its worker was lost', async () => {
    const tool = newTool('ask')
    const opaque: Code = async (ctx, version) => {
      did.push(`something by ${version}`)
      await ask(ctx)
      return version
    }
    const taskId = await submit(tool.at('1', opaque))
    // As if a worker had died in it.
    await store.redis.hset(recordOf(taskId), 'interrupted', '1', 'epoch', '1')
    const two = openRunner('two', [tool.at('2', opaque)])
    await two.runner.advance(wakeUpOf(taskId))
    expect(await questions(taskId)).toEqual(['!code!1'])
    await answer(taskId, '!code!1', { decision: 'continue' })
    await two.runner.advance(wakeUpOf(taskId))
    expect(await questions(taskId)).toEqual(['!run!1'])
    expect(did).toEqual([])
  })
})
