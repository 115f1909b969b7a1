import type { RemoteAgentTool } from '@longhaul/agent'
import { describe, expect, test } from 'vitest'
import { openFlows, tool } from '../test/open-flows.ts'

const install = await openFlows()

/** What tools of a test did, in order. */
function recorder() {
  const did: string[] = []
  const echo = tool('echo', ({ say, ...rest }) => {
    did.push(String(say))
    return { said: say ?? null, ...rest }
  })
  const boom = tool('boom', ({ say = 'boom' }) => {
    did.push(String(say))
    throw new Error('out of tea')
  })
  return { did, tools: [echo, boom] }
}

test('steps are tasks of their own that begin when what they need is over, with what that came to', async () => {
  const { did, tools } = recorder()
  const flow = `
description: d
inputs: { word: { required: true }, list: { type: array, default: [1, 2] } }
steps:
  last: { needs: [left, right], tool: echo, with: { say: "\${{ steps.left.outputs.said }}-\${{ steps.right.outputs.list[1] }}" } }
  left: { tool: echo, with: { say: "\${{ inputs.word }}" } }
  right: { tool: echo, with: { say: right, list: "\${{ inputs.list }}" } }
outputs:
  all: { value: "\${{ steps.last.outputs.said }}", type: string }
  list: \${{ steps.right.outputs.list }}
`
  const { submit, comesTo, outcome, below, inspect } = install({ flow }, tools)
  const id = await submit('flow', { word: 'a' })
  expect(await comesTo(id)).toBe('{"all":"a-2","list":[1,2]}')
  expect(did).toEqual(['a', 'right', 'a-2'])
  expect(await outcome(id)).toMatchObject({ result: { structuredContent: { all: 'a-2', list: [1, 2] } } })
  const keys = (await below(id)).map(({ head }) => head.lineage?.step.key)
  expect(keys.toSorted()).toEqual(['last', 'left', 'right'])
  expect((await inspect(id)).progress).toMatchObject({ progress: 3, total: 3, message: '3 of 3 steps: last: success' })
})

describe('as in CI files', () => {
  const flow = `
description: d
steps:
  fails: { tool: boom }
  after: { needs: fails, tool: echo, with: { say: after } }
  later: { needs: after, tool: echo, with: { say: later } }
  always: { needs: after, if: always(), tool: echo, with: { say: "always \${{ steps.fails.outcome }} \${{ steps.after.outcome }}" } }
  rescue: { needs: after, if: "\${{ failure() }}", tool: echo, with: { say: "\${{ steps.fails.error }}" } }
  never: { if: "\${{ 1 == 2 }}", tool: echo, with: { say: never } }
  beside: { if: cancelled(), tool: echo, with: { say: cancelled } }
`
  test('what needs a step that failed or was skipped is skipped, unless its condition says otherwise', async () => {
    const { did, tools } = recorder()
    const { submit, comesTo, outcome } = install({ flow }, tools)
    const id = await submit('flow')
    expect(await comesTo(id)).toMatch(
      /^ERROR The workflow 'flow' failed\. The step 'fails' failed: The task \S+ of 'boom' failed: out of tea\.$/,
    )
    expect(did[0]).toBe('boom')
    expect(did.slice(1).toSorted()).toEqual([
      expect.stringMatching(/^The task \S+ of 'boom' failed: out of tea$/),
      'always failure skipped',
    ])
    expect(await outcome(id)).toMatchObject({ failedSteps: ['fails'] })
  })

  test('a failure that is continued on counts as success', async () => {
    const { did, tools } = recorder()
    const text = flow.replace('{ tool: boom }', '{ tool: boom, continueOnError: true }')
    const { submit, comesTo } = install({ flow: text }, tools)
    expect(await comesTo(await submit('flow'))).toBe('3 of 7 steps done, failure: 1, skipped: 3')
    expect(did.toSorted()).toEqual(['after', 'always failure success', 'boom', 'later'])
  })
})

test.each([{}, { undoes: true, effectsStay: true } as const])(
  'a call that failed is made again after a pause in which nothing is held: %j',
  async (more) => {
    let calls = 0
    const keys = new Set<string>()
    const flaky = tool('flaky', (_args, { idempotencyKey }) => {
      calls++
      keys.add(idempotencyKey)
      if (calls < 3) throw new Error('busy')
      return { calls }
    })
    const flow =
      'description: d\nsteps: { a: { tool: flaky, retry: { maxAttempts: 3, backoff: 0 } } }\noutputs: { n: "${{ steps.a.outputs.calls }}" }'
    const { submit, comesTo } = install({ flow }, [{ ...flaky, ...more }])
    expect(await comesTo(await submit('flow'))).toBe('{"n":3}')
    expect(keys.size).toBe(1)
    calls = -1
    expect(await comesTo(await submit('flow'))).toMatch(/^ERROR .*: busy\.$/)
    expect(calls).toBe(2)
  },
)

describe('forEach', () => {
  const flow = (more: string) => `
description: d
inputs: { items: { type: array, default: [3, 1, 2] } }
steps:
  each: { forEach: { items: "\${{ inputs.items }}", concurrency: 2 }, tool: work, with: { n: "\${{ item }}", at: "\${{ index }}" }${more} }
outputs: { all: "\${{ steps.each.outputs }}", ns: "\${{ steps.each.outputs.*.n }}" }
`
  test('does the step for each item, no more at once than it says, and gives what came of them in order', async () => {
    const begun: number[] = []
    const work = tool('work', ({ n, at }) => {
      begun.push(Number(n))
      return { n: n ?? null, at: at ?? null }
    })
    const { submit, comesTo, below, settle } = install({ flow: flow('') }, [work])
    const id = await submit('flow')
    await settle(() => begun.length === 1)
    expect(await below(id)).toHaveLength(2)
    expect(JSON.parse(await comesTo(id))).toEqual({
      all: [3, 1, 2].map((n, at) => ({ n, at })),
      ns: [3, 1, 2],
    })
    expect(await comesTo(await submit('flow', { items: [] }))).toBe('{"all":[],"ns":[]}')
  })

  const picky = tool('work', ({ n }) => {
    if (n === 3) throw new Error('not 3')
    return { n: n ?? null }
  })
  test('begins no item more after one has failed, unless failures are continued on', async () => {
    const { submit, comesTo, below } = install({ flow: flow(''), all: flow(', continueOnError: true') }, [picky])
    const id = await submit('flow')
    expect(await comesTo(id)).toMatch(/'each' failed: 1 of 3 items failed and 1 were not begun, the first at index 0: /)
    expect(await below(id)).toHaveLength(2)
    expect(await comesTo(await submit('all'))).toBe('{"all":[null,{"n":1},{"n":2}],"ns":[1,2]}')
  })

  test('takes a list of a size', async () => {
    const { submit, comesTo } = install({ flow: flow('') }, [picky], { maxWorkflowItems: 2 })
    expect(await comesTo(await submit('flow'))).toContain(
      'came to 3 items; the most is 2 (LONGHAUL_MAX_WORKFLOW_ITEMS)',
    )
  })
})

describe('an approval', () => {
  const flow = `
description: d
steps:
  ask: { approval: { message: "Publish \${{ inputs.what }}?", schema: { type: object, properties: { note: { type: string } } } } }
  tell: { needs: ask, tool: echo, with: { say: "\${{ steps.ask.outputs.note }}" } }
inputs: { what: }
`
  test('is a question to a person, whose answer later steps see', async () => {
    const { did, tools } = recorder()
    const { submit, settle, accept, comesTo, inspect, store } = install({ flow }, tools)
    const id = await submit('flow', { what: 'it' })
    await settle()
    expect((await inspect(id)).status).toBe('input_required')
    expect(await store.readWaits(id)).toMatchObject([{ key: 'ask', question: { message: 'Publish it?' } }])
    await accept(id, 'ask', { decision: 'approve', note: 'fine' })
    expect(await comesTo(id)).toBe('2 of 2 steps done')
    expect(did).toEqual(['fine'])
  })

  test('that is denied or declined fails its step, and one without a decision is no answer', async () => {
    const { did, tools } = recorder()
    const { submit, settle, accept, decline, comesTo } = install({ flow }, tools)
    const [denied, declined] = [await submit('flow'), await submit('flow')]
    await settle()
    await expect(accept(denied, 'ask', { note: 'fine' })).rejects.toThrow('decision')
    await accept(denied, 'ask', { decision: 'deny', reason: 'too late' })
    await decline(declined, 'ask')
    expect(await comesTo(denied)).toMatch(/ The step 'ask' failed: It was denied: too late\.$/)
    expect(await comesTo(declined)).toMatch(/ The step 'ask' failed: It was denied\.$/)
    expect(did).toEqual([])
  })

  test('is refused where nobody can be asked, before anything runs', async () => {
    const { submit } = install({ flow }, recorder().tools)
    await expect(submit('flow', {}, { audience: { sampling: 'none', elicitation: false } })).rejects.toThrow(
      'capability elicitation',
    )
  })
})

test('a workflow can call another, and needs what that needs', async () => {
  const inner = 'description: d\nsteps: { ask: { approval: Well? } }\noutputs: { x: 7 }'
  const outer = 'description: d\nsteps: { a: { tool: inner } }\noutputs: { y: "${{ steps.a.outputs.x }}" }'
  const { submit, settle, accept, comesTo, store } = install({ inner, outer }, [])
  await expect(submit('outer', {}, { audience: { sampling: 'none', elicitation: false } })).rejects.toThrow(
    'capability elicitation',
  )
  const id = await submit('outer')
  await settle()
  const [wait] = (await store.readWaits(id)).filter((one) => one.wait === 'relayed')
  await accept(id, wait?.key ?? '', { decision: 'approve' })
  expect(await comesTo(id)).toBe('{"y":7}')
})

test('what a workflow calls has to be there, with the arguments that it takes', () => {
  const flow = `
description: d
steps:
  a: { tool: ecko }
  b: { agent: echo }
  c: { tool: strict, with: { m: 1 } }
  d: { tool: strict, with: { n: 1, mm: 1 } }
  e: { tool: echo, undo: { tool: gone } }
`
  const strict = {
    ...tool('strict', () => null),
    inputSchema: { type: 'object', properties: { n: {}, m: {} }, required: ['n'], additionalProperties: false },
  }
  expect(() => install({ flow }, [...recorder().tools, strict])).toThrow(
    [
      "workflows/flow.yaml:4:8: error: The project has no tool 'ecko'. Did you mean 'echo'?",
      "workflows/flow.yaml:5:8: error: 'echo' is a tool: write tool: echo.",
      "workflows/flow.yaml:6:8: error: 'strict' needs n: write it below with:.",
      "workflows/flow.yaml:7:8: error: 'strict' takes no 'mm'. It takes n, m.",
      "workflows/flow.yaml:8:28: error: The project has no tool 'gone'. Add it, or the server that has it to mcp.json.",
    ].join('\n'),
  )
})

test('a task that is retried does only what failed', async () => {
  let isBroken = true
  const { did, tools } = recorder()
  const repaired = tool('repaired', () => {
    if (isBroken) throw new Error('broken')
    return {}
  })
  const flow = 'description: d\nsteps: { a: { tool: echo, with: { say: a } }, b: { needs: a, tool: repaired } }'
  const { submit, comesTo, retry } = install({ flow }, [...tools, repaired])
  const id = await submit('flow')
  expect(await comesTo(id)).toContain('broken')
  isBroken = false
  expect(await comesTo(await retry(id))).toBe('2 of 2 steps done')
  expect(did).toEqual(['a'])
})

test('a tool of a server is called inside the task, again after a failure and under the same idempotency key', async () => {
  const keys: string[] = []
  const far: RemoteAgentTool = {
    ...{ kind: 'remote', name: 'far', inputSchema: { type: 'object' }, inDoubt: 'repeat' },
    call: async ({ word }, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      return keys.length === 1
        ? { content: [{ type: 'text', text: 'busy' }], isError: true }
        : { content: [{ type: 'text', text: `${word}!` }] }
    },
  }
  const flow = `
description: d
steps: { a: { tool: far, with: { word: hm }, retry: { maxAttempts: 2, backoff: 0 } } }
outputs: { text: "\${{ steps.a.outputs.text }}" }
`
  const { submit, comesTo, below } = install({ flow }, [], { remote: [far] })
  const id = await submit('flow')
  expect(await comesTo(id)).toBe('{"text":"hm!"}')
  expect([keys.length, new Set(keys).size, (await below(id)).length]).toEqual([2, 1, 0])
})
