import { setTimeout as delay } from 'node:timers/promises'
import type { RemoteAgentTool } from '@longhaul/agent'
import { type Context, defineTool } from '@longhaul/runtime'
import { type Budget, isTerminal, type Settings, undoTaskId } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { openFlows, tool } from '../test/open-flows.ts'

const install = await openFlows()

/** Tools that make things and take them back, and what they did, in order. */
function workshop({ stuck = [] as readonly string[] } = {}) {
  const did: string[] = []
  const keys: string[] = []
  const make = tool('make', ({ name }) => {
    did.push(`+${name}`)
    return { id: `id of ${name}` }
  })
  const drop = tool('drop', ({ id }) => {
    did.push(`-${id}`)
    if (stuck.some((name) => `${id}`.endsWith(name))) throw new Error('stuck')
    return {}
  })
  const rent = defineTool({
    name: 'rent',
    description: 'Rents, and knows how to give back.',
    inputSchema: { type: 'object' },
    execute: ({ name }) => {
      did.push(`+${name}`)
      return { contract: `${name}-1` }
    },
    undo: ({ name }, { structuredContent }, ctx) => {
      did.push(`-${name} ${Object(structuredContent).contract}`)
      keys.push(ctx.idempotencyKey)
    },
  })
  const boom = tool('boom', () => {
    throw new Error('out of tea')
  })
  return { did, keys, tools: [make, drop, rent, boom] }
}

const FLOW = `
description: d
steps:
  a: { tool: make, with: { name: a }, undo: { tool: drop, with: { id: "\${{ outputs.id }}" }, retry: 1 } }
  b: { needs: a, tool: rent, with: { name: b } }
  plain: { needs: a, tool: make, with: { name: plain } }
  c:
    needs: [b, plain]
    forEach: { items: [x, y], concurrency: 1 }
    tool: make
    with: { name: "c \${{ item }}" }
    undo: { tool: drop, with: { id: "\${{ outputs.id }} at \${{ index }} after \${{ steps.a.outputs.id }}" }, retry: 1 }
  end: { needs: c, ACTION }
`
const DONE = ['+a', '+b', '+plain', '+c x', '+c y']
const UNDONE = ['-id of c y at 1 after id of a', '-id of c x at 0 after id of a', '-b b-1', '-id of a']
const flowWith = (action: string) => FLOW.replace('ACTION', action)

interface Moment {
  readonly begun: PromiseWithResolvers<void>
  readonly over: PromiseWithResolvers<void>
}

/** Cancels a workflow while its action is under way, from `begun` until `over`, and sees it undone. */
async function undoDuring(
  id: string,
  { begun, over }: Moment,
  { settle, cancel, comesTo }: Pick<ReturnType<typeof install>, 'settle' | 'cancel' | 'comesTo'>,
): Promise<void> {
  const settling = settle()
  await begun.promise
  await cancel(id)
  over.resolve()
  await settling
  expect(await comesTo(undoTaskId(id))).toContain('Undone: c.1, c.0, b, a.')
}

describe('a workflow that fails', () => {
  test('undoes what its steps did, the last first, each once, and says so', async () => {
    const { did, keys, tools } = workshop()
    const { submit, comesTo, inspect, list, outcome } = install({ flow: flowWith('tool: boom') }, tools)
    const id = await submit('flow')
    expect(await comesTo(id)).toMatch(/ 'end' failed: .* out of tea\. Undone: c\.1, c\.0, b, a\.$/)
    expect(did.toSorted()).toEqual([...DONE, ...UNDONE].toSorted())
    expect(did.slice(-4)).toEqual(UNDONE)
    expect(keys).toHaveLength(1)
    expect((await inspect(id)).progress?.message).toBe('undo 4 of 4: a')
    expect(await list()).toHaveLength(1)
    expect(await outcome(id)).toMatchObject({ isUndone: true })
  })

  test.each<[string, { budget?: Budget; inFile?: string; dailyBudgets?: Settings['dailyBudgets'] }]>([
    ['its own', { budget: { toolCalls: 3, atLimit: 'end' } }],
    ['that of its file', { inFile: 'budget: { toolCalls: 3, atLimit: end }' }],
    ["its owner's for the day", { dailyBudgets: [{ name: '*', toolCalls: 3 }] }],
  ])(
    'undoes what it did where the budget is used up that it fails of: %s',
    async (_whose, { budget, inFile = '', dailyBudgets = [] }) => {
      const { did, tools } = workshop()
      const lend = defineTool({
        name: 'lend',
        description: 'Lends, and has another tool take back.',
        inputSchema: { type: 'object' },
        execute: () => ({}),
        undo: async (_args, _result, ctx) => void (await ctx.call('drop', { id: 'lent' })),
      })
      const flow = `
description: d
${inFile}
steps:
  a: { tool: make, with: { name: a }, undo: { tool: drop, with: { id: "\${{ outputs.id }}" } } }
  b: { needs: a, tool: rent, with: { name: b } }
  c: { needs: b, tool: lend }
  d: { needs: c, tool: make, with: { name: d } }
`
      const { submit, comesTo } = install({ flow }, [...tools, lend], { dailyBudgets })
      const id = await submit('flow', {}, budget && { budget })
      expect(await comesTo(id)).toMatch(/ 'd' failed: The budget of .* is used up.*\. Undone: c, b, a\.$/)
      expect(did).toEqual(['+a', '+b', '-lent', '-b b-1', '-id of a'])
    },
  )

  test('goes on with the others where one cannot be undone, and says which', async () => {
    const { did, tools } = workshop({ stuck: ['at 0 after id of a'] })
    const { submit, comesTo } = install({ flow: flowWith('tool: boom') }, tools)
    expect(await comesTo(await submit('flow'))).toMatch(/Undone: c\.1, b, a\. Not undone: c\.0 \(.* stuck\)\.$/)
    expect(did.slice(-4)).toEqual(UNDONE)
  })

  test('begins from the start when it is retried, since nothing that it did is there any more', async () => {
    const { did, tools } = workshop()
    const { submit, comesTo, retry } = install({ flow: flowWith('tool: boom') }, tools)
    const id = await submit('flow')
    await comesTo(id)
    did.length = 0
    expect(await comesTo(await retry(id))).toContain('Undone: c.1, c.0, b, a.')
    expect(did).toHaveLength(DONE.length + UNDONE.length)
  })
})

describe('a workflow that is cancelled', () => {
  test('is cancelled at once, and a task of its own undoes what it had done', async () => {
    const { did, tools } = workshop()
    const { submit, comesTo, settle, cancel, inspect, list } = install({ flow: flowWith('approval: Well?') }, tools)
    const id = await submit('flow')
    await settle()
    expect(did.toSorted()).toEqual(DONE.toSorted())
    const undo = undoTaskId(id)
    expect(await cancel(id)).toMatchObject({
      status: 'cancelled',
      statusMessage: `Cancelled by request. The task ${undo} undoes what it had done, if there is anything.`,
    })
    expect(await inspect(undo)).toMatchObject({ status: 'working', head: { tool: 'flow', undoOf: id } })
    expect(await comesTo(undo)).toBe("The workflow 'flow' was ended before it was over. Undone: c.1, c.0, b, a.")
    expect(did.slice(DONE.length)).toEqual(UNDONE)
    expect((await list()).map((task) => [task.id, task.status])).toEqual([
      [undo, 'completed'],
      [id, 'cancelled'],
    ])
  })

  test('has what its steps were at ended, and undoes only what was over', async () => {
    const { did, tools } = workshop()
    const { submit, comesTo, settle, cancel } = install({ flow: flowWith('tool: make') }, tools)
    const id = await submit('flow')
    await settle(() => did.includes('+c x'))
    await cancel(id)
    await settle()
    expect(await comesTo(undoTaskId(id))).toMatch(/Undone: (c\.0, )?b, a\.$/)
    expect(did.filter((what) => what.startsWith('+'))).toEqual([...DONE.slice(0, 4)])
  })

  test('has undone what a call of it did that was over, also where it had not heard of that', async () => {
    const { did, tools } = workshop()
    const flow = `
description: d
steps:
  a: { tool: rent, with: { name: a } }
  b: { needs: a, tool: rent, with: { name: b } }
`
    const { submit, comesTo, run, claim, start, below, cancel, retry } = install({ flow }, tools)
    const id = await submit('flow')
    await run(id)
    const child = (await below(id))[0]?.id ?? ''
    const claimed = await claim(child)
    // Its worker dies before it can tell the workflow.
    expect(await (claimed && start(child, claimed).ended)).toBe('finished')
    await cancel(id)
    expect(await comesTo(undoTaskId(id))).toContain('Undone: a.')
    expect(did).toEqual(['+a', '-a a-1'])
    expect(await comesTo(await retry(id))).not.toContain('ERROR')
    expect(did).toEqual(['+a', '-a a-1', '+a', '+b'])
  })

  test('has nothing undone when it had done nothing', async () => {
    const { did, tools } = workshop()
    const { submit, cancel, settle, list } = install({ flow: flowWith('tool: make') }, tools)
    await cancel(await submit('flow'))
    await settle()
    expect(did).toEqual([])
    expect(await list()).toHaveLength(1)
  })

  test('is undone by a sweeper when whoever cancelled it dies before it is told', async () => {
    const { did, tools } = workshop()
    const { submit, comesTo, settle, inspect, store, sweep } = install({ flow: flowWith('approval: W?') }, tools)
    const id = await submit('flow')
    await settle()
    expect(await store.cancel(await inspect(id), 'Enough.')).toBe('owing')
    await sweep()
    expect(await comesTo(undoTaskId(id))).toContain('Undone: c.1, c.0, b, a.')
    expect(did.slice(DONE.length)).toEqual(UNDONE)
  })

  test('can be retried from the start once it is undone', async () => {
    const { did, tools } = workshop()
    const { submit, comesTo, settle, cancel, retry } = install({ flow: flowWith('approval: Well?') }, tools)
    const id = await submit('flow')
    await settle()
    await cancel(id)
    await expect(retry(id)).rejects.toThrow(
      `The task ${undoTaskId(id)} undoes what it had done. Retry it when that is over.`,
    )
    await comesTo(undoTaskId(id))
    did.length = 0
    await retry(id)
    await settle()
    expect(did.toSorted()).toEqual(DONE.toSorted())
  })

  test('is retried with a question about a call that was under way, since nothing has undone that', async () => {
    const { tools } = workshop()
    const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let times = 0
    const far: RemoteAgentTool = {
      ...{ kind: 'remote', name: 'far', inputSchema: { type: 'object' }, inDoubt: 'ask' },
      call: async () => {
        times++
        begun.resolve()
        await over.promise
        return { content: [] }
      },
    }
    const flows = install({ flow: flowWith('tool: far') }, tools, { remote: [far] })
    const { submit, settle, retry, engine, inspect } = flows
    const id = await submit('flow')
    await undoDuring(id, { begun, over }, flows)
    const again = await retry(id)
    await settle()
    expect((await engine.openQuestions(await inspect(again))).map(({ wait }) => wait.key)).toEqual(['end!1'])
    expect(times).toBe(1)
  })

  test.each([
    { calls: 'a tool that was at its only effect keeps its idempotency key', after: 0 },
    { calls: 'one that had done something before begins from the start under new ones', after: 1 },
  ])('is retried with the question about a call that a task below it was at: $calls', async ({ after }) => {
    const { tools } = workshop()
    const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const [steps, sent]: [string[], string[]] = [[], []]
    const post = defineTool({
      name: 'post',
      description: 'Posts.',
      inputSchema: { type: 'object' },
      async execute(_args, ctx) {
        for (let n = 0; n < after; n++) await ctx.step(`s${n}`, () => steps.push(`${n}`))
        const send = async () => {
          sent.push(ctx.idempotencyKey.split('/')[0] ?? '')
          begun.resolve()
          await over.promise
        }
        await (after > 0 ? ctx.step('send', send, { inDoubt: 'ask' }) : send())
        return {}
      },
    })
    const flows = install({ flow: flowWith('tool: post') }, [...tools, post])
    const { submit, comesTo, settle, retry, engine, inspect, accept, below } = flows
    const id = await submit('flow')
    await undoDuring(id, { begun, over }, flows)
    const child = (await below(id)).find(({ head }) => head.tool === 'post')?.id
    const again = await retry(id)
    await settle()
    const anew = (await below(again)).find(({ head }) => head.tool === 'post')?.id
    const questions = await engine.openQuestions(await inspect(again))
    expect(questions.map(({ wait }) => wait.key)).toEqual([`${anew}/${after > 0 ? 'send!1' : '!run!1'}`])
    expect(sent).toHaveLength(1)
    await accept(again, questions[0]?.wait.key ?? '', { decision: 'repeat' })
    expect(await comesTo(again)).toBe('5 of 5 steps done')
    expect(sent).toEqual(after > 0 ? [child, anew] : [child, child])
    expect(steps).toHaveLength(2 * after)
  })

  test('is not undone any further when that is cancelled, too', async () => {
    const { did, tools } = workshop()
    const { submit, settle, cancel, list } = install({ flow: flowWith('approval: Well?') }, tools)
    const id = await submit('flow')
    await settle()
    await cancel(id)
    await settle(() => did.length > DONE.length)
    await cancel(undoTaskId(id))
    await settle()
    expect(did.slice(DONE.length)).toEqual(UNDONE.slice(0, 1))
    expect((await list()).map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
  })

  test('cleans up where a step wants to run whatever happens', async () => {
    const { did, tools } = workshop()
    const flow = `
description: d
steps:
  a: { tool: make, with: { name: a } }
  wait: { needs: a, approval: Well? }
  after: { needs: wait, tool: make, with: { name: after } }
  called_off: { needs: wait, if: cancelled(), tool: make, with: { name: "\${{ steps.wait.outcome }}" } }
  always: { needs: after, if: always(), tool: make, with: { name: "\${{ steps.after.outcome }}" } }
`
    const { submit, comesTo, settle, cancel } = install({ flow }, tools)
    const id = await submit('flow')
    await settle()
    await cancel(id)
    expect(await comesTo(undoTaskId(id))).toContain('There was nothing to undo.')
    expect(did.toSorted()).toEqual(['+a', '+cancelled', '+skipped'])
  })
})

describe('whose workers are killed at any time', () => {
  /** Deterministic, by the seed. */
  const randomBelow = (seed: number) => {
    let state = seed * 2654435761 + 1
    return (limit: number) => {
      state = (state * 1103515245 + 12345) % 2147483648
      return Math.floor((state / 2147483648) * limit)
    }
  }

  test.each(Array.from({ length: 6 }, (_, seed) => seed))(
    'a workflow does and undoes each thing once: %i',
    async (seed) => {
      const below = randomBelow(seed)
      const did: string[] = []
      const happen = (what: string, { idempotencyKey }: Context) => {
        const line = `${what} ${idempotencyKey}`
        if (!did.includes(line)) did.push(line)
      }
      const make = tool('make', ({ name }, ctx) => {
        happen(`+${name}`, ctx)
        return { id: `id of ${name}` }
      })
      const drop = tool('drop', ({ id }, ctx) => {
        happen(`-${id}`, ctx)
        return {}
      })
      const rent = defineTool({
        name: 'rent',
        description: 'Rents, and knows how to give back.',
        inputSchema: { type: 'object' },
        annotations: { idempotentHint: true },
        execute: ({ name }, ctx) => {
          happen(`+${name}`, ctx)
          return { contract: `${name}-1` }
        },
        undo: ({ name }, _result, ctx) => happen(`-${name} b-1`, ctx),
      })
      const boom = tool('boom', () => {
        throw new Error('out of tea')
      })
      const isCancelled = seed % 2 === 0
      const killAfter = () => (below(3) === 0 ? below(30) : undefined)
      const changed = { killAfter, maxDeaths: 1e9, aloneAfterDeaths: 1e9, wakeGraceMs: 20 }
      const flow = flowWith(isCancelled ? 'approval: Well?' : 'tool: boom')
      const { submit, comesTo, inspect, cancel, sweep, settle } = install({ flow }, [make, drop, rent, boom], changed)
      const id = await submit('flow')
      let last = id
      if (isCancelled) {
        const status = async () => {
          await settle()
          await sweep()
          return (await inspect(id)).status
        }
        await expect.poll(status, { timeout: 20_000, interval: 1 }).toBe('input_required')
        await cancel(id)
        last = undoTaskId(id)
      }
      expect(await comesTo(last)).toMatch(/ Undone: c\.1, c\.0, b, a\.$/)
      const whats = did.map((line) => line.slice(0, line.lastIndexOf(' ')))
      expect(whats.slice(0, DONE.length).toSorted()).toEqual(DONE.toSorted())
      expect(whats.slice(DONE.length)).toEqual(UNDONE)
    },
  )
})

test('a workflow whose time is over is undone', async () => {
  const { did, tools } = workshop()
  const { submit, comesTo, settle, inspect, sweep } = install({ flow: flowWith('tool: make') }, tools, {
    wakeGraceMs: 20,
  })
  const id = await submit('flow', {}, { timeoutMs: 500 })
  await settle(() => did.length === 2)
  const status = async () => {
    await sweep()
    return (await inspect(id)).status
  }
  await expect.poll(status, { timeout: 10_000 }).toBe('failed')
  expect(await comesTo(undoTaskId(id))).toMatch(/Undone: (b, )?a\.$/)
})

test('what a task below a cancelled one had done is undone, too', async () => {
  const { did, tools } = workshop()
  const inner = flowWith('approval: Well?')
  const outer = 'description: d\nsteps: { one: { tool: rent, with: { name: o } }, two: { needs: one, tool: inner } }'
  const { submit, comesTo, settle, cancel, below } = install({ inner, outer }, tools)
  const id = await submit('outer')
  await settle()
  const child = (await below(id)).find(({ head }) => head.tool === 'inner')?.id ?? ''
  await cancel(id)
  expect(await comesTo(undoTaskId(id))).toContain('Undone: one.')
  expect(await comesTo(undoTaskId(child))).toContain('Undone: c.1, c.0, b, a.')
  expect(did.slice(DONE.length + 1).toSorted()).toEqual([...UNDONE, '-o o-1'].toSorted())
})

test('what a retried task calls again that was undone begins from the start, under new idempotency keys', async () => {
  const { did, tools, keys } = workshop()
  const outer = tool('outer', async (_, ctx) => {
    await ctx.step('note', () => did.push('note'))
    return ctx.call('flow', {}, { key: 'flow' })
  })
  const { submit, comesTo, retry } = install({ flow: flowWith('tool: boom') }, [...tools, outer])
  const id = await submit('outer')
  expect(await comesTo(id)).toContain('Undone: c.1, c.0, b, a.')
  expect(await comesTo(await retry(id))).toContain('Undone: c.1, c.0, b, a.')
  expect(did.filter((what) => what === 'note')).toHaveLength(1)
  expect(did).toHaveLength(1 + 2 * (DONE.length + UNDONE.length))
  expect(new Set(keys).size).toBe(2)
})

test('so does what it calls again with other arguments', async () => {
  const { tools, keys } = workshop()
  const outer = tool('outer', (_, ctx) => ctx.call('flow', { by: ctx.taskId }, { key: 'flow' }))
  const inputs = 'inputs: { by: { type: string } }\n'
  const { submit, comesTo, retry } = install({ flow: inputs + flowWith('tool: boom') }, [...tools, outer])
  const id = await submit('outer')
  expect(await comesTo(id)).toContain('Undone: c.1, c.0, b, a.')
  expect(await comesTo(await retry(id))).toContain('Undone: c.1, c.0, b, a.')
  expect(new Set(keys).size).toBe(2)
})

test('a task is not retried before what those below it had done is undone', async () => {
  const { did, tools } = workshop()
  const outer = tool('outer', async (_, ctx) => {
    await ctx.step('note', () => did.push('note'))
    return ctx.call('flow', {}, { key: 'flow' })
  })
  const flow = flowWith('approval: Well?')
  const { submit, comesTo, settle, cancel, retry, below } = install({ flow }, [...tools, outer])
  const id = await submit('outer')
  await settle()
  const child = (await below(id)).find(({ head }) => head.tool === 'flow')?.id ?? ''
  await cancel(id)
  await expect(retry(id)).rejects.toThrow(
    `The task ${undoTaskId(child)} undoes what the task ${child} below it had done. Retry it when that is over.`,
  )
  await comesTo(undoTaskId(child))
  expect(did.slice(-UNDONE.length)).toEqual(UNDONE)
  did.length = 0
  await retry(id)
  await settle()
  expect(did.toSorted()).toEqual(DONE.toSorted())
})

test('what is undone below a call that is made again is done under new idempotency keys, and all else under the same', async () => {
  const keys: Record<string, string[]> = { step: [], make: [] }
  const make = tool('make', (_, ctx) => {
    keys.make?.push(ctx.idempotencyKey)
    return { id: 'a' }
  })
  const drop = tool('drop', () => ({}))
  const flow = `
description: d
steps:
  a: { tool: make, undo: { tool: drop } }
  end: { needs: a, approval: Well? }
`
  const inner = tool('inner', async (_, ctx) => {
    await ctx.step('step', ({ idempotencyKey }) => keys.step?.push(idempotencyKey))
    return ctx.call('flow', {})
  })
  const outer = tool('outer', async (_, ctx) => {
    const first = await ctx.call('inner', {}, { key: 'first' }).catch(() => undefined)
    return first ?? ctx.call('inner', {}, { key: 'second', retryOf: 'first' })
  })
  const { submit, settle, sweep, cancel, below } = install({ flow }, [make, drop, inner, outer], { retryBackoffMs: 20 })
  const id = await submit('outer')
  await settle()
  await cancel((await below(id)).find(({ head }) => head.tool === 'inner')?.id ?? '')
  while (keys.make?.length !== 2) {
    await delay(2)
    await settle()
    await sweep()
  }
  expect(new Set(keys.step).size).toBe(1)
  expect(new Set(keys.make).size).toBe(2)
})

test('what is called again is put off until what all calls before it had done is undone', async () => {
  const { did, tools } = workshop()
  const flow = flowWith('approval: Well?')
  const inner = tool('inner', (_, ctx) => ctx.call('flow', {}))
  const outer = tool('outer', async (_, ctx) => {
    const first = await ctx.call('inner', {}, { key: 'first' }).catch(() => undefined)
    const second = first ?? (await ctx.call('inner', {}, { key: 'second', retryOf: 'first' }).catch(() => undefined))
    return second ?? ctx.call('inner', {}, { key: 'third', retryOf: 'first' })
  })
  const { submit, comesTo, settle, sweep, cancel, below, woken, eventsOf } = install(
    { flow },
    [...tools, inner, outer],
    {
      retryBackoffMs: 20,
    },
  )
  const id = await submit('outer')
  const flows = async () => (await below(id)).filter(({ head }) => head.tool === 'flow')
  await settle()
  const ended: string[] = []
  for (const _ of ['first', 'second']) {
    const child = (await flows()).find((one) => !ended.includes(one.id))
    expect(did.splice(0).toSorted()).toEqual(DONE.toSorted())
    await cancel(child?.head.lineage?.ancestors[1] ?? '')
    const undo = undoTaskId(child?.id ?? '')
    // All goes on but what undoes it.
    woken.splice(woken.indexOf(undo), 1)
    await settle()
    expect(did).toEqual([])
    expect(await eventsOf(id)).toContainEqual(
      expect.objectContaining({
        type: 'log',
        data: expect.stringMatching(
          `^The task ${undo} undoes what the task ${child?.id} had done. The step .* is put off.$`,
        ),
      }),
    )
    woken.push(undo)
    await comesTo(undo)
    expect(did.splice(0)).toEqual(UNDONE)
    ended.push(child?.id ?? '')
    while ((await flows()).length === ended.length) {
      await delay(2)
      await sweep()
      await settle()
    }
  }
  expect(did.toSorted()).toEqual(DONE.toSorted())
})

describe.each([
  { what: 'a task', attempts: 3, called: 'flow' },
  { what: 'a task below that', attempts: 3, called: 'inner' },
  { what: 'the retry of a task', attempts: 2, called: 'flow' },
  { what: 'a task below that retry', attempts: 2, called: 'inner' },
])('what $what calls a third time', ({ attempts, called }) => {
  const flow = `
description: d
steps:
  a: { tool: make, undo: { tool: drop } }
  end: { needs: a, approval: Well? }
`

  /** Ends the first two, one of which is cut off in its first step, so that nothing of it is undone. @returns keys of that step */
  async function makeThrice(cutOff: number): Promise<readonly string[]> {
    const keys: string[] = []
    const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const make = tool('make', async (_, ctx) => {
      keys.push(ctx.idempotencyKey)
      if (keys.length !== cutOff) return { id: 'a' }
      begun.resolve()
      await over.promise
      throw new Error('cancelled by now')
    })
    const inner = tool('inner', (_, ctx) => ctx.call('flow', {}))
    const outer = tool('outer', async (_, ctx) => {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const again = attempt === 1 ? {} : { retryOf: 'a1' }
        const result = await ctx.call(called, {}, { key: `a${attempt}`, ...again }).catch(() => undefined)
        if (result) return result
      }
      throw new Error('in vain')
    })
    const tools = [make, tool('drop', () => ({})), inner, outer]
    const { submit, comesTo, settle, sweep, cancel, retry, below } = install({ flow }, tools, { retryBackoffMs: 20 })
    const id = await submit('outer')
    const untilMade = async (times: number) => {
      for (; keys.length < times; await delay(2)) {
        await settle(() => keys.length === times)
        await sweep()
      }
    }
    for (const time of [1, 2]) {
      const making = untilMade(time)
      await (time === cutOff ? begun.promise : making.then(() => settle()))
      await cancel((await below(id)).find((one) => one.head.tool === called && !isTerminal(one.status))?.id ?? '')
      if (time === cutOff) over.resolve()
      await making
    }
    if (attempts === 2) {
      expect(await comesTo(id)).toContain('in vain')
      await retry(id)
    }
    await untilMade(3)
    return keys
  }

  test('has the idempotency keys of the second where only the first was undone', async () => {
    const [first, second, third] = await makeThrice(2)
    expect(third).toBe(second)
    expect(second).not.toBe(first)
  })

  test('has others than the first two where the second was undone, which had those of the first', async () => {
    const [first, second, third] = await makeThrice(1)
    expect(second).toBe(first)
    expect(third).not.toBe(second)
  })
})

test('a workflow is undone however many tasks its owner has at work', async () => {
  const { did, tools } = workshop()
  const flow = flowWith('approval: Well?')
  const { submit, comesTo, settle, store, inspect, sweep } = install({ flow }, tools, { maxOpenTasksPerOwner: 1 })
  const id = await submit('flow')
  await settle()
  await store.cancel(await inspect(id), 'Enough.')
  await submit('flow')
  await expect(submit('flow')).rejects.toThrow('as many open tasks as you may')
  await sweep()
  expect(await comesTo(undoTaskId(id))).toContain('Undone: c.1, c.0, b, a.')
  expect(did.filter((what) => what.startsWith('-'))).toEqual(UNDONE)
})

test('items that are over are undone, although one before them is not', async () => {
  const { did, tools } = workshop()
  const slow = tool('slow', async ({ n }, ctx) => {
    if (n === 0) await ctx.elicit({ key: 'q', message: 'Well?', schema: { type: 'object', properties: {} } })
    return { id: `${n}` }
  })
  const flow = `
description: d
steps:
  each:
    { forEach: { items: [0, 1, 2, 3], concurrency: 2 }, tool: slow, with: { n: "\${{ item }}" }, undo: { tool: drop, with: { id: "\${{ outputs.id }}" } } }
`
  const { submit, comesTo, settle, cancel } = install({ flow }, [...tools, slow])
  const id = await submit('flow')
  await settle()
  await cancel(id)
  expect(await comesTo(undoTaskId(id))).toContain('Undone: each.3, each.2, each.1.')
  expect(did).toEqual(['-3', '-2', '-1'])
})

test('an undo that fails is tried again under the same idempotency key', async () => {
  const keys: string[] = []
  const shy = defineTool({
    name: 'shy',
    description: 'Is given back at the second try.',
    inputSchema: { type: 'object' },
    annotations: { idempotentHint: true },
    execute: () => ({}),
    undo: (_args, _result, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      if (keys.length === 1) throw new Error('not now')
    },
  })
  const flow = 'description: d\nsteps: { a: { tool: shy }, b: { needs: a, tool: boom } }'
  const { submit, comesTo } = install({ flow }, [shy, ...workshop().tools], { retryBackoffMs: 0 })
  expect(await comesTo(await submit('flow'))).toContain('Undone: a.')
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
})
