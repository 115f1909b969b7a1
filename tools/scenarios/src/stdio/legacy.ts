import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { getTask, resultOf, submit } from '../legacy/tasks.ts'
import type { WireMessage } from '../message.ts'
import { ABLE, WireSession } from '../wire-session.ts'
import { WireStdio } from '../wire-stdio.ts'
import { MAX_BODY_BYTES, type Person, type World } from '../world.ts'

const LATE_PROJECT = fileURLToPath(new URL('../../fixtures/late-project', import.meta.url))

const HELLO = { protocolVersion: '2025-11-25', capabilities: ABLE, clientInfo: { name: 'lines', version: '1.0.0' } }

/** MCP 2025-11-25 over lines: one session for each process. */
export function legacyOverStdio(world: World): void {
  const open: WireStdio[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.kill('SIGKILL')))
  })
  const start = (): WireStdio => {
    const client = new WireStdio(world)
    open.push(client)
    return client
  }
  const connect = async (): Promise<WireStdio> => {
    const client = start()
    expect(await client.ask('hello', 'initialize', HELLO)).toMatchObject({ result: { protocolVersion: '2025-11-25' } })
    client.send({ method: 'notifications/initialized' })
    return client
  }
  const http = (person: Person = 'alice') => WireSession.open(world, { person })

  test('answers what it cannot read, or does not know yet, with an error, and goes on [R4 R6 R20]', async () => {
    const client = start()
    for (const [text, code] of [
      ['{"jsonrpc":"2.0","id":', -32700],
      ['[]', -32600],
      ['{"id":1,"method":"ping"}', -32600],
      [`{"jsonrpc":"2.0","method":"${'x'.repeat(MAX_BODY_BYTES)}"}`, -32600],
    ] as const) {
      const before = client.messages.length
      client.write(text)
      const answer = await client.heard((message) => client.messages.indexOf(message) >= before)
      expect(answer).toMatchObject({ error: { code } })
    }
    client.write('')
    expect(await client.ask('early', 'tools/list')).toMatchObject({ error: { code: -32600 } })
    expect(await client.ask('alive', 'ping')).toMatchObject({ result: {} })
    expect(await client.ask('hello', 'initialize', HELLO)).toHaveProperty('result')
    expect(await client.ask('unknown', 'no/such')).toMatchObject({ error: { code: -32601 } })
    expect(await client.ask('list', 'tools/list')).toHaveProperty('result.tools')
    expect(client.messages.at(3)?.error?.message).toContain('LONGHAUL_MAX_BODY_BYTES')
  })

  test('answers each message of a batch where the revision has batches, and takes none elsewhere [R8]', async () => {
    const [old, recent] = [start(), await connect()]
    const batch = JSON.stringify([1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'ping' })))
    await old.ask('hello', 'initialize', { ...HELLO, protocolVersion: '2025-03-26' })
    old.expect('ping', 1, 2)
    old.write(batch)
    for (const id of [1, 2]) expect(await old.answerTo(id)).toMatchObject({ result: {} })
    recent.write(batch)
    expect((await recent.heard(({ error }) => error !== undefined)).error?.code).toBe(-32600)
    old.write('[]')
    expect((await old.heard(({ error }) => error !== undefined)).error?.message).toContain('it is empty')
  })

  test('takes requests that do not wait for the handshake [R19]', async () => {
    const client = start()
    client.request('hello', 'initialize', HELLO)
    client.request('list', 'tools/list')
    expect(await client.answerTo('list')).toHaveProperty('result.tools')
  })

  test('asks about a task, hears how it goes on, and has its result [T20 T26 T27 T39]', async () => {
    const client = await connect()
    const call = { name: 'confirm', arguments: { filename: 'a.txt' }, task: {} }
    const { taskId } = Object((await client.ask(1, 'tools/call', call)).result).task
    client.request(2, 'tasks/result', { taskId })
    const question = await client.heard(({ method }) => method === 'elicitation/create')
    expect(question.params).toMatchObject({ message: 'Delete a.txt?' })
    client.send({ id: question.id, result: { action: 'accept', content: { confirm: true } } })
    expect((await client.answerTo(2)).result).toMatchObject({ content: [{ type: 'text', text: 'deleted a.txt' }] })
    const isEnd = ({ method, params }: WireMessage) =>
      method === 'notifications/tasks/status' && params?.taskId === taskId && params?.status === 'completed'
    await client.heard(isEnd)
  })

  test('tells the progress and the words of a call before its answer [F5 F20]', async () => {
    const client = await connect()
    await client.ask('level', 'logging/setLevel', { level: 'warning' })
    const call = { name: 'progress', arguments: { to: 3, everyMs: 20 }, _meta: { progressToken: 'p' } }
    expect((await client.ask(1, 'tools/call', call)).result).toMatchObject({ content: [{ text: 'counted to 3' }] })
    const told = client.messages.filter(({ method }) => method === 'notifications/progress')
    expect(told.at(-1)?.params).toMatchObject({ progressToken: 'p', progress: 3 })
    await client.ask(2, 'tools/call', { name: 'announce', arguments: { uri: 'notes://guide' } })
    expect(client.messages.find(({ method }) => method === 'notifications/message')?.params).toMatchObject({
      data: 'changed notes://guide',
    })
  })

  test('hears that a resource and the lists have changed [F14 F17]', async () => {
    const client = await connect()
    expect(await client.ask('sub', 'resources/subscribe', { uri: 'notes://guide' })).toMatchObject({ result: {} })
    const late = await world.stack.addWorker({}, LATE_PROJECT)
    for (const list of ['tools', 'prompts', 'resources']) {
      await client.heard(({ method }) => method === `notifications/${list}/list_changed`)
    }
    await late.process.kill('SIGTERM')
    await client.ask('say', 'tools/call', { name: 'announce', arguments: { uri: 'notes://guide' } })
    await client.heard(({ method }) => method === 'notifications/resources/updated')
  })

  test('calls off a plain call, which is not answered, and cancels what it had set going [R10 F21]', async () => {
    const client = await connect()
    const bystander = await http()
    const newest = async () =>
      (await bystander.result<{ tasks: { taskId: string; status: string }[] }>('tasks/list')).tasks[0]
    const before = await newest()
    client.request('slow', 'tools/call', { name: 'slow', arguments: { ms: 60_000 } })
    await expect.poll(async () => (await newest())?.taskId).not.toBe(before?.taskId)
    client.cancel('slow')
    await expect.poll(async () => (await newest())?.status).toBe('cancelled')
    expect(await client.ask('after', 'ping')).toMatchObject({ result: {} })
  })

  test('has the same tasks as its person has over HTTP, and nobody else has them [T16 T41 T43]', async () => {
    const client = await connect()
    const call = { name: 'confirm', arguments: { filename: 'b.txt' }, task: {} }
    const { taskId } = Object((await client.ask(1, 'tools/call', call)).result).task
    const alice = await http()
    await expect.poll(async () => (await getTask(alice, taskId)).status).toBe('input_required')
    expect((await (await http('bob')).error('tasks/get', { taskId })).code).toBe(-32602)

    const { taskId: other } = await submit(alice, 'divide', { a: 6, b: 3 })
    expect((await client.ask(2, 'tasks/result', { taskId: other })).result).toMatchObject({
      content: [{ text: '2' }],
    })
    await client.ask(3, 'tasks/cancel', { taskId })
    expect((await getTask(alice, taskId)).status).toBe('cancelled')
  })

  test('ends when its input does, with a session less, and its tasks go on [R4 R10 R16]', async () => {
    const client = await connect()
    const call = { name: 'slow', arguments: { ms: 2500 } }
    const { taskId } = Object((await client.ask(1, 'tools/call', { ...call, task: {} })).result).task
    client.request(2, 'tools/call', {
      name: 'progress',
      arguments: { to: 2, everyMs: 800 },
      _meta: { progressToken: 1 },
    })
    await client.heard(({ method }) => method === 'notifications/progress')
    expect(await client.end()).toBe(0)
    const alice = await http()
    expect(await resultOf(alice, taskId)).toMatchObject({ content: [{ text: 'worked 2500 ms' }] })
    const { tasks } = await alice.result<{ tasks: { status: string }[] }>('tasks/list')
    expect(tasks.map(({ status }) => status)).not.toContain('cancelled')
  })

  test('ends when it is told to [R4]', async () => {
    const client = await connect()
    expect(await client.kill('SIGTERM')).toBe(0)
  })
}
