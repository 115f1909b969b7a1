import { type Context, defineTool } from '@longhaul/runtime'
import { taskKeys } from '@longhaul/store'
import { type JsonObject, type Outcome, parentOf, type TaskHead, type ToolResult, text } from '@longhaul/task'
import { openInstallations, PRINCIPAL } from '@longhaul/testbed/installations'
import { expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'

const install = await openInstallations()

const tool = (name: string, execute: (ctx: Context, args: JsonObject) => Promise<string>) =>
  defineProgram(execute, { name })
const textOf = ({ content }: ToolResult): string => String(content.map((block) => block.text).join())
const said = (outcome: Outcome | undefined): string =>
  outcome?.kind === 'result' ? `${outcome.result.isError ? 'ERROR ' : ''}${textOf(outcome.result)}` : `${outcome?.kind}`

/** Calls `name` once, or all at once as often as it says. */
const caller = (name: string, calls: (ctx: Context, args: JsonObject) => readonly Promise<ToolResult>[]) =>
  tool(name, async (ctx, args) => (await Promise.all(calls(ctx, args))).map(textOf).join(' '))

const echo = tool('echo', async (_ctx, { word }) => `${word}`)
const ask = tool('ask', async (ctx, { word }) => {
  const reply = await ctx.elicit({ key: 'q', message: `Which ${word}?`, schema: { type: 'object', properties: {} } })
  return `${word} ${reply.action}`
})
const boom = tool('boom', async () => {
  throw new Error('out of tea')
})

test('children run side by side as tasks of their own, and their parent goes on with what they came to', async () => {
  const lead = caller('lead', (ctx) => ['a', 'b', 'c'].map((word) => ctx.call('echo', { word })))
  const { submit, run, settle, outcome, below, woken } = install([lead, echo])
  const { id } = await submit('lead')
  expect(woken.shift()).toBe(id)
  expect(await run(id)).toBe('suspended')
  const children = await below(id)
  expect(woken.toSorted()).toEqual(children.map((child) => child.id).toSorted())
  expect(children.map(({ head }) => [head.tool, head.lineage?.ancestors, head.lineage?.step.key])).toEqual(
    expect.arrayContaining(['call#1', 'call#2', 'call#3'].map((key) => ['echo', [id], key])),
  )
  await settle()
  expect(said(await outcome(id))).toBe('a b c')
})

test('a child is its owner’s, as urgent as its parent, in no list, and counts as an open task', async () => {
  const lead = caller('lead', (ctx) => [ctx.call('ask', { word: 'tea' })])
  const { engine, settle, below, connection } = install([lead, ask])
  const audience = { sampling: 'none', elicitation: true } as const
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  const submission = { principal: PRINCIPAL, tool: 'lead', args: {}, audience, priority: 3, trace }
  const root = await engine.submit({ ...submission, ttlMs: 100_000_000 })
  await settle()
  const [child] = await below(root.id)
  expect(child?.head).toMatchObject({ owner: PRINCIPAL.owner, priority: 3, audience, trace })
  const keptUntil = ({ createdAt, ttlMs }: TaskHead) => createdAt + ttlMs
  expect(child && keptUntil(child.head)).toBe(keptUntil(root.head))
  expect((await engine.list(PRINCIPAL)).tasks.map(({ id }) => id)).toEqual([root.id])
  const open = await connection.send((redis) => redis.hvals(`{lh:${root.id.slice(0, 2)}}:open`))
  expect(open).toEqual(['2'])
})

test('a child that is made a second time is the same one', async () => {
  const lead = caller('lead', (ctx) => [ctx.call('echo', { word: 'tea' })])
  const { submit, claim, start, settle, woken, below, outcome, store } = install([lead, echo])
  const { id } = await submit('lead')
  woken.length = 0
  // Its worker dies when the child is made, before it hears that.
  const first = await claim(id, 1)
  if (!first) return expect.fail()
  const { ledger } = first
  const lost = new Promise<never>(() => {})
  const dying = Object.create(ledger, {
    known: { get: () => ledger.known },
    journalBytes: { get: () => ledger.journalBytes },
    suspend: { value: (write: Parameters<typeof ledger.save>[0]) => ledger.save(write).then(() => lost) },
  })
  const running = start(id, { ...first, ledger: dying })
  await expect.poll(async () => (await below(id)).length).toBe(1)
  running.stop(new Error('killed'))
  const [child] = await below(id)
  woken.push(id, child?.id ?? '')
  await settle()
  expect((await below(id)).map((one) => one.id)).toEqual([child?.id])
  expect((await store.readJournal(id)).filter(({ kind }) => kind === 'child')).toHaveLength(1)
  expect(said(await outcome(id))).toBe('tea')
})

test('the failure of a child is an error that its parent can catch, with the id of the child', async () => {
  const seen: unknown[] = []
  const lead = tool('lead', async (ctx) => {
    const failed = await ctx.call('boom', {}).catch((error: unknown) => error)
    seen.push(Object(failed).data)
    return Object(failed).message
  })
  const { submit, settle, outcome, below } = install([lead, boom])
  const { id } = await submit('lead')
  await settle()
  const [child] = await below(id)
  expect(said(await outcome(id))).toBe(`The task ${child?.id} of 'boom' failed: out of tea`)
  expect(seen).toEqual([{ taskId: child?.id }])
})

test('a child that is cancelled fails its call', async () => {
  const lead = caller('lead', (ctx) => [ctx.call('ask', { word: 'tea' })])
  const { submit, settle, outcome, below, engine } = install([lead, ask])
  const { id } = await submit('lead')
  await settle()
  const [child] = await below(id)
  await engine.cancel(PRINCIPAL, child?.id ?? '', 'No tea.')
  await settle()
  expect(said(await outcome(id))).toBe(`ERROR The task ${child?.id} of 'ask' was cancelled: No tea.`)
  expect(await engine.inspect(PRINCIPAL, id)).toMatchObject({ status: 'completed', isError: true })
})

test('a call that cannot be made fails before there is a child', async () => {
  const picky = defineTool({
    name: 'picky',
    description: 'Needs somebody to ask.',
    inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    needs: { elicitation: true },
    execute: () => 'done',
  })
  const lead = tool('lead', async (ctx) => {
    const calls = [ctx.call('nobody', {}), ctx.call('picky', { n: 1 }), ctx.call('echo', { word: 'x'.repeat(2000) })]
    const all = await Promise.allSettled([...calls, ctx.call(picky, { n: 'one' })])
    return all.map((one) => (one.status === 'rejected' ? one.reason.message : 'made')).join('\n')
  })
  const { submit, settle, outcome, below } = install([lead, picky, echo], { maxArgumentBytes: 1000 })
  const { id } = await submit('lead', {}, { audience: { sampling: 'none', elicitation: false } })
  await settle()
  const lacks = "The tool 'picky' cannot be called here: it needs the client capability elicitation, which the client"
  expect(said(await outcome(id)).split('\n')).toEqual([
    "No worker has a tool 'nobody' at the moment.",
    expect.stringContaining(lacks),
    'The arguments are 2011 bytes; the most is 1000 (LONGHAUL_MAX_ARGUMENT_BYTES).',
    expect.stringContaining(lacks),
  ])
  expect(await below(id)).toEqual([])
})

const settled = async (calls: readonly Promise<ToolResult>[]): Promise<string> =>
  (await Promise.allSettled(calls)).map((one) => (one.status === 'rejected' ? one.reason.message : 'made')).join('\n')

test('a task has no more children at work than it may', async () => {
  const lead = tool('lead', (ctx) => settled([1, 2, 3].map((word) => ctx.call('echo', { word }))))
  const { submit, settle, outcome } = install([lead, echo], { maxOpenChildren: 2 })
  const { id } = await submit('lead')
  await settle()
  expect(said(await outcome(id)).split('\n')).toEqual([
    'made',
    'made',
    'The task waits for 2 children; the most is 2 (LONGHAUL_MAX_OPEN_CHILDREN). Call fewer at once.',
  ])
})

test('a tree has no more levels than it may', async () => {
  const down = tool('down', async (ctx) => textOf(await ctx.call('down', {})))
  const { submit, settle, outcome, below } = install([down], { maxChildDepth: 3 })
  const { id } = await submit('down')
  await settle()
  expect(said(await outcome(id))).toContain('The task is on level 3 of its tree and can call no other; the most is 3')
  expect(await below(id)).toHaveLength(3)
})

test('a tree has no more tasks than it may, however many make them', async () => {
  const lead = tool('lead', (ctx) => settled([1, 2].map(() => ctx.call('two', {}))))
  const two = tool('two', (ctx) => settled([1, 2].map((word) => ctx.call('echo', { word }))))
  const { submit, settle, outcome, below, store } = install([lead, two, echo], { maxTreeTasks: 5 })
  const { id } = await submit('lead')
  await settle()
  expect(said(await outcome(id))).toBe('made\nmade')
  const tasks = await below(id)
  expect(tasks).toHaveLength(5)
  const twos = await Promise.all(tasks.filter(({ head }) => head.tool === 'two').map((one) => outcome(one.id)))
  const refused =
    'The tree has 5 tasks below the one that was submitted, the most there may be (LONGHAUL_MAX_TREE_TASKS).'
  expect(twos.map(said).toSorted()).toEqual([`made\n${refused}`, 'made\nmade'])
  expect((await store.readWaits(id)).length).toBe(0)
})

test('one cancel ends all levels, and whatever they ask', async () => {
  const lead = caller('lead', (ctx) => ['a', 'b'].map(() => ctx.call('middle', {})))
  const middle = caller('middle', (ctx) => ['a', 'b'].map((word) => ctx.call('ask', { word })))
  const { submit, settle, engine, below, woken } = install([lead, middle, ask])
  const { id } = await submit('lead')
  await settle()
  expect(await engine.inspect(PRINCIPAL, id)).toMatchObject({ status: 'input_required' })
  expect(await engine.cancel(PRINCIPAL, id)).toMatchObject({ status: 'cancelled' })
  const tasks = await below(id)
  expect(tasks.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'cancelled'))
  expect(woken).toEqual([])
})

test('what is below a task that ends without waiting for it is ended', async () => {
  const lead = tool('lead', async (ctx) => {
    const slow = ctx.call('ask', { word: 'tea' })
    await Promise.race([slow, ctx.call('echo', { word: 'now' })])
    return 'enough'
  })
  const { submit, settle, outcome, below } = install([lead, ask, echo])
  const { id } = await submit('lead')
  await settle()
  expect(said(await outcome(id))).toBe('enough')
  const statuses = (await below(id)).map(({ head, status }) => `${head.tool} ${status}`)
  expect(statuses.toSorted()).toEqual(['ask cancelled', 'echo completed'])
})

test('an end that nobody could tell of is told by the sweeper', async () => {
  const lead = caller('lead', (ctx) => [ctx.call('echo', { word: 'tea' }), ctx.call('middle', {})])
  const middle = caller('middle', (ctx) => [ctx.call('ask', { word: 'a' })])
  const { submit, run, store, settle, sweep, outcome, below, claim, start, woken } = install([lead, middle, echo, ask])
  const { id } = await submit('lead')
  await run(id)
  const named = async (name: string) => (await below(id)).find(({ head }) => head.tool === name)?.id ?? ''
  await run(await named('middle'))
  await run(await named('ask'))
  woken.length = 0
  // The worker of `echo` dies right after its end; nobody hears of the end of `middle`.
  const claimed = await claim(await named('echo'))
  expect(claimed && (await start(await named('echo'), claimed).ended)).toBe('finished')
  const middleTask = await store.read(await named('middle'))
  expect(middleTask && (await store.cancel(middleTask, 'by hand'))).toBe('owing')
  expect(woken).toEqual([])

  await sweep()
  expect(new Set(woken)).toEqual(new Set([id]))
  expect((await store.readWaits(id)).length).toBe(0)
  expect(await store.read(await named('ask'))).toMatchObject({ status: 'cancelled' })
  await settle()
  expect(said(await outcome(id))).toBe(`ERROR The task ${await named('middle')} of 'middle' was cancelled: by hand`)
})

test('a question below is asked by every task above, and answered through any of them', async () => {
  const lead = caller('lead', (ctx) => ['a', 'b', 'c'].map((word) => ctx.call('middle', { word })))
  const middle = caller('middle', (ctx, { word }) => [ctx.call('ask', { word })])
  const { submit, settle, engine, below, outcome } = install([lead, middle, ask])
  const { id } = await submit('lead')
  await settle()
  const asking = (await below(id)).filter(({ head }) => head.tool === 'ask')
  const keys = asking.map((task) => `${task.id}/q`)
  const questions = async (taskId: string) =>
    (await engine.openQuestions(await engine.inspect(PRINCIPAL, taskId))).map(({ wait }) => wait.key)
  expect((await questions(id)).toSorted()).toEqual(keys.toSorted())
  expect((await below(id)).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'input_required'))

  const reply = { kind: 'answer', answer: { action: 'accept', content: {} } } as const
  const [first, second, third] = asking
  if (!first || !second || !third) return expect.fail()
  await engine.answer(PRINCIPAL, { taskId: id, key: `${first.id}/q`, reply })
  await engine.answer(PRINCIPAL, { taskId: parentOf(second) ?? '', key: `${second.id}/q`, reply })
  expect(await questions(id)).toEqual([`${third.id}/q`])
  expect(await questions(parentOf(second) ?? '')).toEqual([])
  await engine.answer(PRINCIPAL, { taskId: third.id, key: 'q', reply })
  expect(await engine.inspect(PRINCIPAL, id)).toMatchObject({ status: 'working' })
  await expect(engine.answer(PRINCIPAL, { taskId: id, key: `${third.id}/q`, reply })).rejects.toMatchObject({
    code: 'question_not_open',
  })
  await settle()
  expect(said(await outcome(id))).toBe('a accept b accept c accept')
})

test('an answer that does not fit is counted where it was given, and the last one fails the step below', async () => {
  const form = tool('form', async (ctx) => {
    const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }
    return (await ctx.elicit({ key: 'q', message: 'How many?', schema })).action
  })
  const lead = caller('lead', (ctx) => [ctx.call('form', {})])
  const { submit, settle, engine, below, outcome } = install([lead, form], { maxInvalidAnswers: 2 })
  const { id } = await submit('lead')
  await settle()
  const [child] = await below(id)
  const reply = { kind: 'answer', answer: { action: 'accept', content: {} } } as const
  const give = () => engine.answer(PRINCIPAL, { taskId: id, key: `${child?.id}/q`, reply })
  await expect(give()).rejects.toMatchObject({ code: 'answer_invalid' })
  await expect(give()).rejects.toMatchObject({ code: 'answer_exhausted' })
  await settle()
  expect(said(await outcome(id))).toContain('2 answers did not fit the question')
})

test('the caller’s model is asked with the conversation of the task that asks', async () => {
  const talk = tool('talk', async (ctx) => {
    const messages = [{ role: 'user', content: [text('Tea?')] }] as const
    const { content } = await ctx.sample({ key: 'm1', messages, maxTokens: 10 })
    return String(content[0]?.type === 'text' && content[0].text)
  })
  const lead = caller('lead', (ctx) => [ctx.call('talk', {})])
  const { submit, settle, engine, outcome } = install([lead, talk])
  const { id } = await submit('lead')
  await settle()
  const [question] = await engine.openQuestions(await engine.inspect(PRINCIPAL, id))
  expect(question?.conversation?.messages).toEqual([{ role: 'user', content: [text('Tea?')] }])
  const answer = { role: 'assistant', model: 'm', content: [text('Yes.')] } as const
  await engine.answer(PRINCIPAL, { taskId: id, key: question?.wait.key ?? '', reply: { kind: 'answer', answer } })
  await settle()
  expect(said(await outcome(id))).toBe('Yes.')
})

test('the time of a task stands still while one below it asks, and goes on then', async () => {
  const lead = caller('lead', (ctx) => [ctx.call('ask', { word: 'tea' }), ctx.call('sleeper', {})])
  const sleeper = tool('sleeper', async (ctx) => {
    await ctx.sleep(3_600_000)
    return 'rested'
  })
  const { engine, settle, sweep, store, below } = install([lead, ask, sleeper])
  const audience = { sampling: 'none', elicitation: true } as const
  const { id } = await engine.submit({ principal: PRINCIPAL, tool: 'lead', args: {}, audience, timeoutMs: 100 })
  await settle()
  const since = Date.now()
  while (Date.now() - since < 150) await sweep()
  expect(await store.read(id)).toMatchObject({ status: 'input_required' })
  const [child] = (await below(id)).filter(({ head }) => head.tool === 'ask')
  const reply = { kind: 'answer', answer: { action: 'decline' } } as const
  await engine.answer(PRINCIPAL, { taskId: child?.id ?? '', key: 'q', reply })
  await expect
    .poll(
      async () => {
        await sweep()
        return (await store.read(id))?.statusMessage
      },
      { timeout: 10_000 },
    )
    .toContain('task_timeout')
  await sweep()
  expect((await below(id)).map(({ status }) => status).toSorted()).toEqual(['cancelled', 'cancelled'])
})

test('a retry keeps what children came to, and calls those that failed again under their idempotency keys', async () => {
  let isOut = true
  const keys: string[] = []
  const serve = tool('serve', (ctx) =>
    ctx.step('pour', ({ idempotencyKey }) => {
      keys.push(idempotencyKey)
      if (isOut) throw new Error('out of tea')
      return 'served'
    }),
  )
  const lead = tool('lead', async (ctx) =>
    [await ctx.call('echo', { word: 'first' }), await ctx.call('serve', {})].map(textOf).join(' '),
  )
  const { submit, settle, engine, outcome, below } = install([lead, echo, serve])
  const { id } = await submit('lead')
  await settle()
  const failed = (await below(id)).find(({ head }) => head.tool === 'serve')?.id ?? ''
  await expect(engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, failed)).rejects.toMatchObject({
    code: 'task_not_retriable',
    message: expect.stringContaining(id),
  })
  isOut = false
  const again = await engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, id)
  await settle()
  expect(said(await outcome(again.id))).toBe('first served')
  expect((await below(again.id)).map(({ head }) => head.tool)).toEqual(['serve'])
  expect(keys).toEqual([`${failed}/pour`, `${failed}/pour`])
})

test('a child that a retry calls again goes on with what the first one did, on all levels', async () => {
  let isOut = true
  const done: string[] = []
  const cook = tool('cook', async (ctx, { dish }) => {
    await ctx.step('buy', () => void done.push(`buy ${dish}`))
    await ctx.step('burn', () => {
      if (isOut && dish === 'soup') throw new Error('out of gas')
      done.push(`cook ${dish}`)
    })
    return `${dish}`
  })
  const kitchen = caller('kitchen', (ctx) => ['soup', 'cake'].map((dish) => ctx.call('cook', { dish }, { key: dish })))
  const lead = caller('lead', (ctx) => [ctx.call('kitchen', {})])
  const { submit, settle, engine, outcome, below } = install([lead, kitchen, cook])
  const { id } = await submit('lead')
  await settle()
  expect(said(await outcome(id))).toContain('out of gas')
  isOut = false
  const again = await engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, id)
  await settle()
  expect(said(await outcome(again.id))).toBe('soup cake')
  expect(done.toSorted()).toEqual(['buy cake', 'buy soup', 'cook cake', 'cook soup'])
  expect((await below(again.id)).map(({ head }) => head.retriedFrom).every((from) => from !== undefined)).toBe(true)
})

test('what a cancelled child had begun is in doubt when a retry calls it again', async () => {
  const begun = Promise.withResolvers<void>()
  let times = 0
  const pay = tool('pay', async (ctx) => {
    await ctx.step(
      'pay',
      () => {
        times++
        begun.resolve()
        return times === 1 ? new Promise(() => {}) : 'paid'
      },
      { inDoubt: 'ask' },
    )
    return 'paid'
  })
  const lead = caller('lead', (ctx) => [ctx.call('pay', {})])
  const { submit, run, settle, engine, below, claim, start } = install([lead, pay])
  const { id } = await submit('lead')
  await run(id)
  const [child] = await below(id)
  const claimed = await claim(child?.id ?? '')
  const running = claimed && start(child?.id ?? '', claimed)
  await begun.promise
  await engine.cancel(PRINCIPAL, id)
  running?.stop(new Error('cancelled'))
  const again = await engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, id)
  await settle()
  const [question] = await engine.openQuestions(await engine.inspect(PRINCIPAL, again.id))
  expect(question?.asker?.key).toBe('pay!1')
  expect(times).toBe(1)
})

test('the tasks below a root are kept as long as it is, and go with it', async () => {
  const lead = caller('lead', (ctx) => [ctx.call('echo', { word: 'tea' }), ctx.call('ask', { word: 'tea' })])
  const { engine, submit, settle, sweep, below, store, connection } = install([lead, echo, ask], {
    resultRetentionMs: 1,
  })
  const { id } = await submit('lead')
  await settle()
  await sweep()
  const ids = (await below(id)).map((task) => task.id)
  expect(ids).toHaveLength(2)
  await engine.cancel(PRINCIPAL, id)
  const removable = (await store.read(id))?.removableAt
  await expect
    .poll(
      async () => {
        await sweep()
        const due = `{lh:${id.slice(0, 2)}}:due`
        return Promise.all(ids.map((one) => connection.send((redis) => redis.zscore(due, one))))
      },
      { timeout: 10_000 },
    )
    .toEqual([`${removable}`, `${removable}`])

  // As if the time of the root had come.
  const { record, due } = taskKeys(id)
  await connection.send((redis) => redis.hset(record, 'removable', 1))
  for (const one of [id, ...ids]) await connection.send((redis) => redis.zadd(due, 1, one))
  await sweep()
  expect(await Promise.all([id, ...ids].map((one) => store.read(one)))).toEqual([undefined, undefined, undefined])
})

test('what a task below says of itself is told by those above, whose progress rises with it', async () => {
  const lead = tool('lead', async (ctx) => {
    ctx.progress(3, 7, 'leading')
    await ctx.call('middle', {})
    return 'led'
  })
  const middle = caller('middle', (ctx) => [ctx.call('reader', {})])
  const reader = tool('reader', async (ctx) => {
    ctx.progress(1, undefined, 'reading')
    await ctx.step('a', () => 1)
    ctx.progress(2, undefined, 'still reading')
    ctx.log('info', 'a page')
    await ctx.step('b', () => 2)
    return 'read'
  })
  const { submit, settle, store, eventsOf } = install([lead, middle, reader])
  const { id } = await submit('lead')
  await settle()
  const told = (await eventsOf(id)).filter(({ type }) => type === 'progress')
  expect(told).toMatchObject([
    { progress: { progress: 3, total: 7, message: 'leading' } },
    { progress: { progress: 3.0625, total: 7, message: 'reader: reading' } },
    { progress: { progress: 3.12109375, total: 7, message: 'reader: still reading' } },
  ])
  expect(await eventsOf(id)).toContainEqual(expect.objectContaining({ type: 'log', level: 'info', data: 'a page' }))
  expect((await store.read(id))?.progress).toMatchObject({ progress: 3.12109375 })
})
