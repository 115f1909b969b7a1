import type { CallToolResult, CreateTaskResult } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import { DEFAULT_TTL_MS, MAX_TTL_MS, RETENTION_MS, type World } from '../world.ts'
import { getTask, resultOf, submit } from './tasks.ts'

const VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']
const TOOLS = {
  forbidden: { name: 'greet', arguments: { name: 'Ann' }, says: 'Hello, Ann!' },
  optional: { name: 'divide', arguments: { a: 6, b: 2 }, says: '3' },
  required: { name: 'only_as_task', arguments: {}, says: 'ran as a task' },
}

/** What a call comes to, by whether the tool may be a task, whether it should, and whether the revision has tasks. */
const OUTCOMES = {
  forbidden: { current: { plain: 'result', task: -32601 }, older: { plain: 'result', task: 'result' } },
  optional: { current: { plain: 'result', task: 'task' }, older: { plain: 'result', task: 'result' } },
  required: { current: { plain: -32601, task: 'task' }, older: { plain: -32601, task: -32601 } },
} as const

const MATRIX = VERSIONS.flatMap((version) =>
  (['forbidden', 'optional', 'required'] as const).flatMap((support) =>
    (['plain', 'task'] as const).map((how) => {
      const outcome = OUTCOMES[support][version === '2025-11-25' ? 'current' : 'older'][how]
      return { version, support, how, outcome }
    }),
  ),
)

/** tools/call, with and without a task. */
export function calls(world: World): void {
  test.each(MATRIX)(
    'answers a $how call of a tool whose task support is $support with $outcome on $version [T2 T3 T4 T5 T6 T7]',
    async (row) => {
      const session = await WireSession.open(world, { version: row.version })
      const { says, ...call } = TOOLS[row.support]

      const { message } = await session.ask('tools/call', row.how === 'task' ? { ...call, task: {} } : call)

      const result = message.result as (CallToolResult & Partial<CreateTaskResult>) | undefined
      const got = message.error?.code ?? (result?.task ? 'task' : 'result')
      expect(got).toBe(row.outcome)
      if (result?.content) expect(result.content).toEqual([{ type: 'text', text: says }])
      if (result?.task)
        expect((await resultOf(session, result.task.taskId)).content).toEqual([{ type: 'text', text: says }])
    },
  )

  test('ignores a task on methods that cannot be tasks [T2]', async () => {
    const session = await WireSession.open(world)
    expect(await session.result('ping', { task: {} })).toEqual({})
    expect(await session.result('tools/list', { task: { ttl: 1 } })).toHaveProperty('tools')
  })

  test('gives a task that is working, with every member, and never the result [T9 T11 T12]', async () => {
    const session = await WireSession.open(world)
    const before = Date.now()
    const created = await session.result<CreateTaskResult>('tools/call', {
      name: 'divide',
      arguments: { a: 1, b: 2 },
      task: {},
    })

    expect(Object.keys(created)).toEqual(['task'])
    const { taskId, createdAt, lastUpdatedAt, ...rest } = created.task
    expect(rest).toEqual({ status: 'working', ttl: DEFAULT_TTL_MS, pollInterval: 50 })
    expect(taskId).toMatch(/^[\x21-\x7e]{20,}$/)
    for (const time of [createdAt, lastUpdatedAt]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(Math.abs(Date.parse(time) - before)).toBeLessThan(60_000)
    }
  })

  test('gives every task an id of its own [T10]', async () => {
    const session = await WireSession.open(world)
    const tasks = await Promise.all(Array.from({ length: 8 }, () => submit(session, 'divide', { a: 1, b: 1 })))
    expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(8)
  })

  test.each([
    { asked: {}, kept: DEFAULT_TTL_MS },
    { asked: { ttl: 6_000_000 }, kept: 6_000_000 },
    { asked: { ttl: MAX_TTL_MS + 1 }, kept: MAX_TTL_MS },
    { asked: { ttl: 1e300 }, kept: MAX_TTL_MS },
    { asked: { ttl: 6_000_000.5 }, kept: 6_000_001 },
    { asked: { ttl: 60_000 }, kept: RETENTION_MS },
    { asked: { ttl: 0 }, kept: RETENTION_MS },
    { asked: { ttl: -5 }, kept: RETENTION_MS },
  ])('keeps a task for which $asked was asked $kept ms [T12 T13]', async ({ asked, kept }) => {
    const session = await WireSession.open(world)
    const task = await submit(session, 'confirm', { filename: 'a.txt' }, { task: asked })
    expect(task.ttl).toBe(kept)
    expect((await getTask(session, task.taskId)).ttl).toBe(kept)
  })

  test.each([{ ttl: 'long' }, { ttl: null }, { ttl: [] }, 5, 'yes', []])('refuses the task %j [T13]', async (task) => {
    const session = await WireSession.open(world)
    const error = await session.error('tools/call', { name: 'divide', arguments: { a: 1, b: 2 }, task })
    expect(error.code).toBe(-32602)
  })

  test('refuses an unknown tool at once, as a task and plain [T15 F12]', async () => {
    const session = await WireSession.open(world)
    for (const more of [{}, { task: {} }]) {
      const error = await session.error('tools/call', { name: 'no_such_tool', arguments: {}, ...more })
      expect(error).toEqual({ code: -32602, message: 'Unknown tool: no_such_tool' })
    }
  })

  test('fails a task whose arguments do not fit, with a result that says why [T11 T15 T19 F13]', async () => {
    const session = await WireSession.open(world)
    const task = await submit(session, 'divide', { a: 'one', b: 2 })
    expect(task.status).toBe('working')

    const result = await resultOf(session, task.taskId)
    expect(result.isError).toBe(true)
    expect(result.content).toEqual([{ type: 'text', text: expect.stringContaining('a must be number') }])
    expect(await getTask(session, task.taskId)).toMatchObject({
      status: 'failed',
      statusMessage: expect.stringContaining('a must be number'),
    })
  })

  test('answers a plain call whose arguments do not fit with a result for the model [F12]', async () => {
    const session = await WireSession.open(world)
    const result = await session.result<CallToolResult>('tools/call', { name: 'divide', arguments: { a: 1 } })
    expect(result.isError).toBe(true)
  })

  test.each([
    { name: 'divide', arguments: [1, 2] },
    { name: 'divide', arguments: 'a' },
    { name: 7 },
    {},
    { name: 'divide', arguments: { a: 1, b: 2 }, _meta: { progressToken: {} } },
  ])('refuses params that are none of tools/call: %j [F12]', async (params) => {
    const session = await WireSession.open(world)
    expect((await session.error('tools/call', params)).code).toBe(-32602)
  })
}
