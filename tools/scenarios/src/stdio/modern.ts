import { afterEach, expect, test } from 'vitest'
import { getTask, settle, submit } from '../modern/tasks.ts'
import { ABLE, ASKABLE, VERSION, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { WireStdio } from '../wire-stdio.ts'
import type { World } from '../world.ts'

type Params = { readonly [name: string]: unknown }

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

/** What every request of this era says of itself. */
export const enveloped = (params: Params = {}, capabilities: Params = ABLE, meta: Params = {}): Params => ({
  ...params,
  _meta: {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientInfo': { name: 'lines', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...meta,
  },
})

/** MCP 2026-07-28 over lines. */
export function modernOverStdio(world: World): void {
  const open: WireStdio[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.kill('SIGKILL')))
  })
  const start = (): WireStdio => {
    const client = new WireStdio(world, { era: 'modern' })
    open.push(client)
    return client
  }

  test('serves both eras in one process, each request in the one that it is of [D1 R6]', async () => {
    const client = start()
    expect((await client.ask('probe', 'server/discover', enveloped())).result).toMatchObject({
      supportedVersions: [VERSION],
    })
    expect((await client.ask('old', 'ping', enveloped())).error?.code).toBe(-32601)
    const future = { ...(enveloped()._meta as Params), 'io.modelcontextprotocol/protocolVersion': '2999-01-01' }
    expect((await client.ask('future', 'server/discover', { _meta: future })).error?.code).toBe(-32022)
    expect((await client.ask('list', 'tools/list', enveloped())).result).toHaveProperty('tools')
  })

  test('gives a task, tells how it goes on, and takes its answers [U8 U22 U31 U35 U36]', async () => {
    const client = start()
    const call = { name: 'confirm', arguments: { filename: 'a.txt' } }
    const { taskId } = Object((await client.ask(1, 'tools/call', enveloped(call))).result)
    client.request('news', 'subscriptions/listen', enveloped({ notifications: { taskIds: [taskId] } }))
    const acknowledged = await client.heard(({ method }) => method === 'notifications/subscriptions/acknowledged')
    expect(acknowledged.params).toMatchObject({
      _meta: { [SUBSCRIPTION]: 'news' },
      notifications: { taskIds: [taskId] },
    })
    const asked = await client.heard(
      ({ method, params }) => method === 'notifications/tasks' && params?.status === 'input_required',
    )
    const [key = ''] = Object.keys(Object(asked.params?.inputRequests))
    const inputResponses = { [key]: { action: 'accept', content: { confirm: true } } }
    await client.ask(2, 'tasks/update', enveloped({ taskId, inputResponses }))
    const end = await client.heard(
      ({ method, params }) => method === 'notifications/tasks' && params?.status === 'completed',
    )
    expect(end.params).toMatchObject({
      _meta: { [SUBSCRIPTION]: 'news' },
      result: { content: [{ text: 'deleted a.txt' }] },
    })
  })

  test('ends a subscription that is cancelled, and says nothing more of it [R5 R28]', async () => {
    const client = start()
    const listen = (taskIds: readonly string[]) => enveloped({ notifications: { taskIds } })
    const { taskId } = Object(
      (await client.ask(1, 'tools/call', enveloped({ name: 'confirm', arguments: { filename: 'b' } }))).result,
    )
    client.request('one', 'subscriptions/listen', listen([taskId]))
    client.request('two', 'subscriptions/listen', listen([taskId]))
    const tagged = (id: string) => client.messages.filter(({ params }) => Object(params?._meta)[SUBSCRIPTION] === id)
    for (const id of ['one', 'two'])
      await client.heard(
        ({ params }) => Object(params?._meta)[SUBSCRIPTION] === id && params?.status === 'input_required',
      )
    client.cancel('one')
    const before = tagged('one').length
    await client.ask(2, 'tasks/cancel', enveloped({ taskId }))
    await client.heard(({ params }) => Object(params?._meta)[SUBSCRIPTION] === 'two' && params?.status === 'cancelled')
    expect(tagged('one')).toHaveLength(before)
  })

  test('asks in rounds, and never by a request [R5 P13 P17]', async () => {
    const client = start()
    const call = { name: 'confirm', arguments: { filename: 'c.txt' } }
    const { inputRequests, requestState } = Object((await client.ask(1, 'tools/call', enveloped(call, ASKABLE))).result)
    const [key = ''] = Object.keys(Object(inputRequests))
    const round = { ...call, requestState, inputResponses: { [key]: { action: 'decline' } } }
    expect((await client.ask(2, 'tools/call', enveloped(round, ASKABLE))).result).toMatchObject({
      content: [{ text: 'kept c.txt: decline' }],
    })
  })

  test('cancels a call that waits, and what it had set going, by notifications/cancelled [R5 R27]', async () => {
    const client = start()
    const alice = await WireSession.open(world)
    const newest = async () => (await alice.result<{ tasks: { status: string }[] }>('tasks/list')).tasks[0]?.status
    const meta = { progressToken: 'held' }
    const call = { name: 'progress', arguments: { to: 60, everyMs: 1000 } }
    client.request('held', 'tools/call', enveloped(call, {}, meta))
    await client.heard(({ method }) => method === 'notifications/progress')
    client.cancel('held')
    await expect.poll(newest).toBe('cancelled')
    expect(await client.ask('after', 'tools/list', enveloped())).toHaveProperty('result')
  })

  test('cancels what waits when its input ends, and keeps tasks [R4 R27]', async () => {
    const client = start()
    const { taskId } = Object(
      (await client.ask(1, 'tools/call', enveloped({ name: 'slow', arguments: { ms: 2500 } }))).result,
    )
    client.request(
      2,
      'tools/call',
      enveloped({ name: 'progress', arguments: { to: 60, everyMs: 1000 } }, {}, { progressToken: 2 }),
    )
    await client.heard(({ method }) => method === 'notifications/progress')
    expect(await client.end()).toBe(0)
    const alice = await WireSession.open(world)
    const newest = async () => (await alice.result<{ tasks: { status: string }[] }>('tasks/list')).tasks[0]?.status
    await expect.poll(newest).toBe('cancelled')
    expect((await settle(new WireModern(world), taskId)).status).toBe('completed')
  })

  test('repeats in headers what a tool wants there, which no line has [R24]', async () => {
    const client = start()
    const args = { region: 'größe', shard: 7, isDry: false, deep: { zone: ' a ' } }
    for (const id of [1, 2]) {
      const { result } = await client.ask(id, 'tools/call', enveloped({ name: 'route', arguments: args }, {}))
      expect(result).toMatchObject({ content: [{ text: JSON.stringify(args) }] })
    }
  })

  test('has the same tasks as its person has over HTTP [U21 U38]', async () => {
    const client = start()
    const alice = new WireModern(world)
    const { taskId } = Object(
      (await client.ask(1, 'tools/call', enveloped({ name: 'divide', arguments: { a: 6, b: 3 } }))).result,
    )
    expect((await settle(alice, taskId)).status).toBe('completed')
    const { taskId: other } = await submit(alice, 'confirm', { filename: 'd' })
    expect((await client.ask(2, 'tasks/get', enveloped({ taskId: other }))).result).toMatchObject({ taskId: other })
    await client.ask(3, 'tasks/cancel', enveloped({ taskId: other }))
    expect((await getTask(alice, other)).status).toBe('cancelled')
    expect((await new WireModern(world, { person: 'bob' }).error('tasks/get', { taskId })).code).toBe(-32602)
  })
}
