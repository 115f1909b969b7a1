import { budgetLimitOf, type Context, type Generate, type ModelChooser } from '@longhaul/runtime'
import { type Budget, type ModelAnswer, type Outcome, replayLedger, text } from '@longhaul/task'
import { openInstallations, PRINCIPAL } from '@longhaul/testbed/installations'
import { expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { Random } from '../test/random.ts'

const install = await openInstallations()

const NOBODY = { sampling: 'none', elicitation: false } as const
const tool = (name: string, execute: (ctx: Context) => Promise<string>) => defineProgram(execute, { name })
const said = (outcome: Outcome | undefined): string =>
  outcome?.kind === 'result'
    ? `${outcome.result.isError ? 'ERROR ' : ''}${outcome.result.content.map((block) => block.text).join()}`
    : `${outcome?.kind}`

/** A model of which each turn is counted as 100 tokens and one cent; a token costs a hundredth of a cent. */
function counting(generate: () => Promise<void> = async () => {}): ModelChooser & { readonly turns: () => number } {
  let turns = 0
  const take: Generate = async () => {
    await generate()
    turns++
    const usage = { inputTokens: 60, outputTokens: 40 }
    return { model: 'test', role: 'assistant', content: [text('Yes.')], usage, costUsd: 0.01 } satisfies ModelAnswer
  }
  const mostUsd: ModelChooser['mostUsd'] = (_model, { inputTokens, outputTokens }) => (inputTokens + outputTokens) / 1e4
  return { choose: () => take, mostUsd, turns: () => turns }
}

/** What a turn of these holds, 1000 input tokens for what providers add, and those of the question and the answer. */
const MOST_TOKENS = 1191
const askModel = (ctx: Context, key?: string) =>
  ctx.sample({
    ...(key && { key }),
    messages: [{ role: 'user', content: [text('Is it?')] }],
    maxTokens: 100,
  })
/** Takes turns until there is no room, and says how many it took and why not more. */
const turnTaker = tool('turns', async (ctx) => {
  for (let turn = 1; ; turn++) {
    try {
      await askModel(ctx)
    } catch (error) {
      const { of, limit, used, cap } = budgetLimitOf(error) ?? {}
      return `${turn - 1} turns, then ${of} ${limit} ${used}/${cap}`
    }
  }
})

test('a call holds the most that it may take, and counts as what it took', async () => {
  const seen: unknown[] = []
  const look = async () => void seen.push((await installed.store.readBudget(id))?.held)
  const installed = install([turnTaker], { models: counting(look) })
  const { id } = await installed.submit('turns', {}, { budget: { tokens: MOST_TOKENS + 99, atLimit: 'end' } })
  await installed.settle()
  expect(said(await installed.outcome(id))).toBe(`1 turns, then tree tokens 100/${MOST_TOKENS + 99}`)
  expect(seen).toEqual([{ tokens: MOST_TOKENS, nanoUsd: MOST_TOKENS * 1e5, turns: 1, toolCalls: 0 }])
  const { used, held } = (await installed.store.readBudget(id)) ?? {}
  expect(used).toEqual({ tokens: 100, nanoUsd: 1e7, turns: 1, toolCalls: 0 })
  expect(held).toEqual({ tokens: 0, nanoUsd: 0, turns: 0, toolCalls: 0 })
})

test.each<[Partial<Budget>, string]>([
  [{ turns: 3 }, '3 turns, then tree turns 3/3'],
  [{ costUsd: 0.15 }, '4 turns, then tree costUsd 0.04/0.15'],
])('with %j there is an end, which the code hears where nobody can be asked', async (budget, words) => {
  const { submit, settle, outcome } = install([turnTaker], { models: counting() })
  const { id } = await submit('turns', {}, { budget, audience: NOBODY })
  await settle()
  expect(said(await outcome(id))).toBe(words)
})

test('at the limit the task asks, holds nothing, and goes on when somebody has raised it', async () => {
  const models = counting()
  const { submit, run, engine, outcome, woken, store } = install([turnTaker], { models })
  const { id } = await submit('turns', {}, { budget: { turns: 2 } })
  expect(await run(id)).toBe('suspended')
  const [question] = await engine.openQuestions(await engine.inspect(PRINCIPAL, id))
  expect(question?.wait).toMatchObject({
    key: 'budget!1',
    question: {
      message:
        'The budget is used up: 2 of 2 turns of models, and the next call may take 1 turns of models. Raise the budget? Otherwise the task ends with what it has.',
      requestedSchema: { properties: { limit: { type: 'integer', minimum: 3, default: 4 } }, required: ['limit'] },
    },
  })
  const answer = (limit: number, key = 'budget!1') =>
    engine.answer(PRINCIPAL, {
      taskId: id,
      key,
      reply: { kind: 'answer', answer: { action: 'accept', content: { limit } } },
    })
  await expect(answer(2)).rejects.toMatchObject({ code: 'answer_invalid' })
  woken.length = 0
  await answer(3)
  expect(woken).toEqual([id])
  expect(await run(id)).toBe('suspended')
  expect(models.turns()).toBe(3)
  const decline = { kind: 'answer', answer: { action: 'decline' } } as const
  await engine.answer(PRINCIPAL, { taskId: id, key: 'budget!2', reply: decline })
  expect(await run(id)).toBe('finished')
  expect(said(await outcome(id))).toBe('3 turns, then tree turns 3/3')
  expect(models.turns()).toBe(3)
  const kinds = (await store.readBudget(id))?.ledger.map(({ kind }) => kind)
  expect(kinds?.filter((kind) => kind === 'raise' || kind === 'decline')).toEqual(['raise', 'decline'])
})

test('a question whether to raise the budget that nobody answers in time is declined', async () => {
  const { submit, run, store, outcome, sweep, woken, engine } = install([turnTaker], {
    models: counting(),
    questionDeadlineMs: 1,
  })
  const { id } = await submit('turns', {}, { budget: { turns: 1 } })
  woken.length = 0
  for (let ended = await run(id); ended !== 'finished'; ended = await run(id)) await sweep()
  expect(said(await outcome(id))).toBe('1 turns, then tree turns 1/1')
  expect((await store.readBudget(id))?.ledger.at(-1)).toMatchObject({ kind: 'decline' })
  expect((await engine.inspect(PRINCIPAL, id)).status).toBe('completed')
})

test('calls of tools and of children count, each once however often the code runs', async () => {
  const word = tool('word', async (ctx) => {
    await ctx.step('s', () => 1)
    return 'word'
  })
  const lead = tool('lead', async (ctx) => {
    const done = await Promise.allSettled([
      ctx.call('word', {}),
      ctx.run('inside', word, {}),
      ctx.step('call', () => 1, { isToolCall: true, inDoubt: 'ask' }),
      ctx.step('other', () => 1),
    ])
    await ctx.sleep(1)
    const more = await ctx.run('more', word, {}).catch((error: Error) => error.message)
    return `${done.map(({ status }) => status)} ${more}`
  })
  const { submit, settle, outcome, store, sweep } = install([lead, word])
  const { id } = await submit('lead', {}, { budget: { toolCalls: 3, atLimit: 'end' } })
  while (!(await outcome(id))) {
    await settle()
    await sweep()
  }
  expect(said(await outcome(id))).toBe(
    'fulfilled,fulfilled,fulfilled,fulfilled The budget of this task is used up: 3 of 3 calls of tools (toolCalls).',
  )
  const budget = await store.readBudget(id)
  expect(budget?.used).toMatchObject({ toolCalls: 3 })
  expect(replayLedger({ toolCalls: 3, atLimit: 'end' }, budget?.ledger ?? [])).toMatchObject({
    problems: [],
    held: new Map(),
  })
})

test('a task that ends right after a call wakes those that waited for what that held', async () => {
  const answered = Promise.withResolvers<void>()
  const child = tool('child', async (ctx) => `${(await askModel(ctx)).role}`)
  const lead = tool('lead', async (ctx) => {
    await Promise.all([ctx.call('child', {}), ctx.call('child', {})])
    return 'both'
  })
  const { submit, claim, start, run, woken, engine } = install([lead, child], {
    models: counting(() => answered.promise),
  })
  const { id } = await submit('lead', {}, { budget: { tokens: 2 * MOST_TOKENS - 1, atLimit: 'end' } })
  woken.length = 0
  await run(id)
  const [one = '', two = ''] = woken.splice(0)
  const claimed = await claim(one)
  const running = claimed && start(one, claimed)
  await expect.poll(async () => (await engine.inspect(PRINCIPAL, one)).hasReserved).toBe(true)
  expect(await run(two)).toBe('suspended')
  answered.resolve()
  expect(await running?.ended).toBe('finished')
  expect(woken).toContain(two)
})

test('a step that must not be repeated silently is not in doubt while it waits for room', async () => {
  const pay = tool('pay', async (ctx) => `${await ctx.step('pay', () => 'paid', { isToolCall: true, inDoubt: 'ask' })}`)
  const { submit, run, engine, outcome, store } = install([pay])
  const { id } = await submit('pay', {}, { budget: { toolCalls: 0 } })
  expect(await run(id)).toBe('suspended')
  // It is taken up by another worker meanwhile, and once more.
  await store.resolve(id, { type: 'value', key: 'pay!b1', kind: 'budget', input: '', at: 1, value: { isOver: true } })
  expect(await run(id)).toBe('suspended')
  const shown = await engine.openQuestions(await engine.inspect(PRINCIPAL, id))
  expect(shown.map(({ wait }) => wait.key)).toEqual(['budget!1'])
  const reply = { kind: 'answer', answer: { action: 'accept', content: { limit: 1 } } } as const
  await engine.answer(PRINCIPAL, { taskId: id, key: 'budget!1', reply })
  expect(await run(id)).toBe('finished')
  expect(said(await outcome(id))).toBe('paid')
})

test('a model without a price fails under a budget in money, and under no other', async () => {
  const models: ModelChooser = { ...counting(), mostUsd: (model) => (model === 'known' ? 0 : undefined) }
  const model = ['known', 'unknown']
  const one = tool('one', async (ctx) => (await ctx.sample({ model, messages: [], maxTokens: 1 })).model)
  const { submit, settle, outcome } = install([one], { models })
  const [priced, unpriced] = [
    await submit('one', {}, { budget: { costUsd: 1 } }),
    await submit('one', {}, { budget: { tokens: 10_000 } }),
  ]
  await settle()
  expect(said(await outcome(priced.id))).toMatch(/nobody knows what unknown costs\. Write that into prices\.yaml/)
  expect(said(await outcome(unpriced.id))).toBe('test')
})

test('what an owner may spend a day ends with the day, whatever a task may', async () => {
  const { submit, settle, outcome } = install([turnTaker], {
    models: counting(),
    dailyBudgets: [{ name: 'somebody', turns: 3 }],
  })
  const [one, two] = [await submit('turns'), await submit('turns')]
  await settle()
  const words = [said(await outcome(one.id)), said(await outcome(two.id))]
  expect(words).toEqual(['3 turns, then day turns 3/3', '0 turns, then day turns 3/3'])
})

test('a budget of a child is a part of its tree’s, and its question is asked by the root', async () => {
  const child = { ...turnTaker, budget: { turns: 2, atLimit: 'ask' as const } }
  const lead = tool('lead', async (ctx) => `${(await ctx.call('turns', {})).content[0]?.text}`)
  const { submit, settle, outcome, engine } = install([lead, child], { models: counting() })
  const { id } = await submit('lead', {}, { budget: { turns: 3, atLimit: 'end' } })
  await settle()
  const [question] = await engine.openQuestions(await engine.inspect(PRINCIPAL, id))
  expect(question?.wait.key).toMatch(/\/budget!1$/)
  const reply = { kind: 'answer', answer: { action: 'accept', content: { limit: 9 } } } as const
  await engine.answer(PRINCIPAL, { taskId: id, key: question?.wait.key ?? '', reply })
  await settle()
  expect(said(await outcome(id))).toBe('3 turns, then tree turns 3/3')
})

test('50 children under one cap, killed 30 times: no prefix of the ledger goes beyond it, and nothing stays reserved', async () => {
  const random = new Random(7)
  const CHILDREN = 50
  const cap: Budget = { costUsd: 1, atLimit: 'ask' }
  const child = tool('child', async (ctx) => {
    for (const key of ['a', 'b', 'c']) await askModel(ctx, key)
    return 'done'
  })
  const lead = tool('lead', async (ctx) => {
    const done = await Promise.allSettled(Array.from({ length: CHILDREN }, () => ctx.call('child', {})))
    return `${done.filter(({ status }) => status === 'fulfilled').length} done`
  })
  let kills = 0
  const models = counting(async () => {
    await new Promise((resolve) => setImmediate(resolve))
  })
  const { submit, claim, start, outcome, woken, engine, store, closeUp, sweep } = install([lead, child], {
    ...{ models, budgetRetryMs: 20, wakeGraceMs: 20, aloneAfterDeaths: 1e9, maxDeaths: 1e9 },
  })
  const { id } = await submit('lead', {}, { budget: cap })
  const asked = new Set<string>()

  /** One activation, or what is left of it when its worker is killed. */
  const advance = async (taskId: string) => {
    const isKilled = kills < 30 && taskId !== id && random.below(10) < 4
    if (isKilled) kills++
    const claimed = await claim(taskId, isKilled ? 1 : 60_000)
    if (isKilled && !claimed) kills--
    if (!claimed) return
    const running = start(taskId, claimed)
    if (isKilled) {
      for (let turns = random.below(12); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      running.stop(new Error('killed'))
    }
    const ended = await running.ended
    if (ended === 'finished' && claimed.ledger.isOwing) await closeUp(taskId)
    if (ended === 'lost') woken.push(taskId)
  }
  while (!(await outcome(id))) {
    const some = woken.splice(0, 12)
    if (some.length > 0) await Promise.all(some.map(advance))
    else await sweep()
    const root = await engine.inspect(PRINCIPAL, id)
    if (root.status !== 'input_required') continue
    for (const { wait } of await engine.openQuestions(root)) {
      asked.add(wait.key)
      const reply = { kind: 'answer', answer: { action: 'accept', content: { limit: 2 } } } as const
      await engine.answer(PRINCIPAL, { taskId: id, key: wait.key, reply }).catch(() => {})
    }
  }
  expect(said(await outcome(id))).toBe(`${CHILDREN} done`)
  expect([kills, [...asked]]).toEqual([30, ['budget!1']])
  const { ledger = [], held } = (await store.readBudget(id)) ?? {}
  const replay = replayLedger(cap, ledger)
  expect(replay.problems).toEqual([])
  expect(replay.highest.nanoUsd).toBeGreaterThan(1e9)
  expect(replay.held).toEqual(new Map())
  expect(held).toEqual({ tokens: 0, nanoUsd: 0, turns: 0, toolCalls: 0 })
  // Killed turns that had ended unsaved were taken twice, and each of those that counts once.
  expect(replay.used).toMatchObject({ turns: 3 * CHILDREN, nanoUsd: 3 * CHILDREN * 1e7, toolCalls: CHILDREN })
})
