import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { ABLE, TASKS, TASKS_EXTENSION, VERSION, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers } from '../wire-stream.ts'
import { authorization, DEFAULT_TTL_MS, type World } from '../world.ts'
import { getTask, reach, settle, submit, UNKNOWN_TASK, update } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
/** An acknowledgement says nothing of the task. */
const ACKNOWLEDGED = { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': expect.anything() } }

/** A call of bob, who takes tasks, as it is on the wire. */
function callAsBytes(name: string, args: object): string {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': TASKS,
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, _meta } })
  const headers = {
    host: 'localhost',
    ...authorization('bob'),
    'content-type': 'application/json',
    'content-length': String(body.length),
    'mcp-protocol-version': VERSION,
    'mcp-method': 'tools/call',
    'mcp-name': name,
  }
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`)
  return ['POST /mcp HTTP/1.1', ...lines, '', body].join('\r\n')
}

/** The tasks extension: submitting, and tasks/get, tasks/update and tasks/cancel. */
export function taskMethods(world: World): void {
  const client = (capabilities = ABLE) => new WireModern(world, { capabilities })

  test('answers a call with a task, flat, that every coordinator knows by then [U2 U8 U9 U10 U13]', async () => {
    const before = Date.now()
    for (const at of [0, 1] as const) {
      const call = { name: 'confirm', arguments: { filename: 'a' } }
      const created = await client().result<Record<string, unknown>>('tools/call', call, { at })
      const { taskId, createdAt, lastUpdatedAt, ...rest } = created
      expect(rest).toEqual({
        resultType: 'task',
        status: 'working',
        ttlMs: DEFAULT_TTL_MS,
        pollIntervalMs: 50,
        _meta: expect.anything(),
      })
      expect(taskId).toMatch(/^[A-Za-z0-9_-]{20,}$/)
      for (const time of [createdAt, lastUpdatedAt]) {
        expect(time).toMatch(TIME)
        expect(Math.abs(Date.parse(String(time)) - before)).toBeLessThan(60_000)
      }
      const other = at === 0 ? 1 : 0
      expect(await getTask(client(), String(taskId), { at: other })).toMatchObject({ taskId, createdAt })
    }
  })

  test('asks for tasks with the extension in that request and with nothing else [U2 U5 R30]', async () => {
    const call = { name: 'divide', arguments: { a: 6, b: 2 } }
    const one = client()
    expect(await one.result('tools/call', call)).toMatchObject({ resultType: 'task' })
    const others = [
      {},
      { tasks: { requests: { tools: { call: {} } } } },
      { extensions: {} },
      { extensions: { tasks: {} } },
    ]
    for (const capabilities of others) {
      const result = await one.result('tools/call', { ...call, task: { ttl: 60_000 } }, { capabilities })
      expect(result).toMatchObject({ resultType: 'complete', content: [{ text: '3' }] })
    }
  })

  test('refuses a tool that runs only as a task to a request that takes none [U3]', async () => {
    const call = { name: 'only_as_task', arguments: {} }
    const { status, code, data } = await client({}).error('tools/call', call)
    expect([status, code, data]).toEqual([
      400,
      -32021,
      { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
    ])
    const { taskId } = await submit(client(), 'only_as_task')
    expect(await settle(client(), taskId)).toMatchObject({ result: { content: [{ text: 'ran as a task' }] } })
  })

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
    'refuses %s to a request that takes no tasks, before it looks for one [U4]',
    async (method) => {
      const { taskId } = await submit(client(), 'confirm', { filename: 'a' })
      for (const params of [{ taskId }, { taskId: UNKNOWN_TASK }, { taskId: 7 }, {}]) {
        const asking = { capabilities: { ...ABLE, extensions: {} } }
        const { status, code, data } = await client().error(method, params, asking)
        expect([status, code, data]).toEqual([400, -32021, { requiredCapabilities: TASKS }])
      }
      expect((await getTask(client(), taskId)).status).not.toBe('cancelled')
    },
  )

  test('makes no task of a call with faults of its own: it is refused as it would be without [U7 F12]', async () => {
    const error = await client().error('tools/call', { name: 'no_such_tool', arguments: {} })
    expect([error.code, error.message]).toEqual([-32602, 'Unknown tool: no_such_tool'])
    const { taskId } = await submit(client(), 'divide', { a: 'one', b: 2 })
    expect(await settle(client(), taskId)).toMatchObject({ status: 'completed', result: { isError: true } })
  })

  test('tells a task in each status, with what that status has and nothing else [U16 U17 U18 U19]', async () => {
    const one = client()
    const base = ['_meta', 'createdAt', 'lastUpdatedAt', 'pollIntervalMs', 'resultType', 'status', 'taskId', 'ttlMs']
    const look = async (taskId: string) => {
      const task = await getTask(one, taskId)
      expect(Object(task).resultType).toBe('complete')
      return { task, more: Object.keys(task).filter((name) => !base.includes(name)) }
    }
    const slow = await submit(one, 'slow', { ms: 60_000 })
    expect(await look(slow.taskId)).toMatchObject({ task: { status: 'working' }, more: [] })

    const asks = await submit(one, 'confirm', { filename: 'a' })
    await reach(one, asks.taskId, 'input_required')
    const waiting = await look(asks.taskId)
    expect(waiting).toMatchObject({ task: { status: 'input_required' }, more: ['inputRequests'] })

    const done = await submit(one, 'gallery')
    await settle(one, done.taskId)
    const plain = await client({}).result('tools/call', { name: 'gallery', arguments: {} })
    const { task, more } = await look(done.taskId)
    expect([task.status, more]).toEqual(['completed', ['result']])
    const { _meta, ...result } = plain
    expect(task.result).toEqual({ ...result, _meta: { 'example.org/room': 3 } })

    const bad = await submit(one, 'fails')
    await settle(one, bad.taskId)
    expect(await look(bad.taskId)).toMatchObject({
      task: { status: 'completed', result: { isError: true }, statusMessage: 'The disk is full.' },
    })
    const broken = await submit(one, 'protocol_error')
    await settle(one, broken.taskId)
    const failed = await look(broken.taskId)
    expect(failed.more.toSorted()).toEqual(['error', 'statusMessage'])
    expect(failed.task).toMatchObject({
      status: 'failed',
      error: { code: 4001, message: 'The printer is on fire.', data: { printer: 'lp0' } },
    })

    await one.result('tasks/cancel', { taskId: slow.taskId })
    const cancelled = await look(slow.taskId)
    expect([cancelled.task.status, cancelled.more]).toEqual(['cancelled', ['statusMessage']])
  })

  test('reads the same however often it is asked, and changes nothing [U20]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    await reach(one, taskId, 'input_required')
    const looks = await Promise.all(Array.from({ length: 6 }, () => getTask(one, taskId)))
    for (const look of looks) expect(look).toEqual(looks[0])
  })

  test('shows all that a task asks until it is answered, and what is answered no more [U17 U22 U24 U25 U26]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'two_questions')
    await expect.poll(async () => Object.keys((await getTask(one, taskId)).inputRequests ?? {}).length).toBe(2)
    const { inputRequests = {} } = await getTask(one, taskId)
    const [color = '', name = ''] = Object.keys(inputRequests).toSorted()

    const wrong = { [color]: { action: 'accept', content: { color: 'green' } }, [name]: { nothing: true }, other: YES }
    expect(await update(one, taskId, wrong)).toEqual(ACKNOWLEDGED)
    expect((await getTask(one, taskId)).inputRequests).toEqual(inputRequests)

    const some = { [color]: { action: 'accept', content: { color: 'red' } } }
    expect(await update(one, taskId, some, { at: 0 })).toEqual(ACKNOWLEDGED)
    const partly = await getTask(one, taskId, { at: 1 })
    expect([partly.status, Object.keys(partly.inputRequests ?? {})]).toEqual(['input_required', [name]])

    const rest = { ...some, [name]: { action: 'accept', content: { name: 'Ann' } } }
    expect(await update(one, taskId, rest, { at: 1 })).toEqual(ACKNOWLEDGED)
    expect(await getTask(one, taskId, { at: 0 })).not.toHaveProperty('inputRequests')
    expect(await settle(one, taskId)).toMatchObject({ result: { content: [{ text: 'Ann likes red' }] } })
  })

  test('asks again with the same key where no answer fits, and fails in the end [U26]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const { inputRequests = {} } = await reach(one, taskId, 'input_required')
    const [key = ''] = Object.keys(inputRequests)
    for (let time = 0; time < 3; time++) await update(one, taskId, { [key]: { action: 'accept', content: {} } })
    const { result } = await settle(one, taskId)
    expect(result).toMatchObject({ isError: true })
  })

  test('lends its model to a task, turn by turn, under keys that are never given again [U25 P1 P2]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'calculator', { prompt: '1+2?' })
    const first = await reach(one, taskId, 'input_required')
    const [key = ''] = Object.keys(first.inputRequests ?? {})
    expect(first.inputRequests?.[key]).toMatchObject({ method: 'sampling/createMessage', params: { maxTokens: 500 } })
    const use = [{ type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } }]
    await update(one, taskId, { [key]: { model: 'm', role: 'assistant', stopReason: 'toolUse', content: use } })
    const second = await reach(one, taskId, 'input_required')
    const [next = ''] = Object.keys(second.inputRequests ?? {})
    expect(next).not.toBe(key)
    const end = { model: 'm', role: 'assistant', stopReason: 'endTurn', content: { type: 'text', text: 'three' } }
    await update(one, taskId, { [next]: end, [key]: end })
    expect(await settle(one, taskId)).toMatchObject({ result: { content: [{ text: 'three' }] } })
  })

  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, place) => [place, {}]))
  test.each([7, null, [], 'x', { key: 7 }, undefined, many])(
    'refuses inputResponses that are none: %o [U26]',
    async (inputResponses) => {
      const { taskId } = await submit(client(), 'confirm', { filename: 'a' })
      const params = { taskId, ...(inputResponses !== undefined && { inputResponses }) }
      expect((await client().error('tasks/update', params)).code).toBe(-32602)
    },
  )

  test('acknowledges answers to a task that is over, and they change nothing [U28]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'divide', { a: 1, b: 1 })
    await settle(one, taskId)
    const before = await getTask(one, taskId)
    expect(await update(one, taskId, { 'elicit#1': YES })).toEqual(ACKNOWLEDGED)
    expect(await getTask(one, taskId)).toEqual(before)
  })

  test.each(['divide', 'fails', 'protocol_error', 'slow', 'confirm'])(
    'acknowledges the cancelling of a task of %s, whatever has become of it, twice [U29]',
    async (tool) => {
      const one = client()
      const { taskId } = await submit(one, tool, { a: 1, b: 2, ms: 60_000, filename: 'a' })
      const isOver = !['slow', 'confirm'].includes(tool)
      const before = isOver ? await settle(one, taskId) : undefined
      for (let time = 0; time < 2; time++) expect(await one.result('tasks/cancel', { taskId })).toEqual(ACKNOWLEDGED)
      expect((await getTask(one, taskId)).status).toBe(before?.status ?? 'cancelled')
    },
  )

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
    '%s of an id that no task has is an error [U21 U23]',
    async (method) => {
      for (const taskId of [UNKNOWN_TASK, 'x', '', '../../etc', 'é'.repeat(100)]) {
        for (const inputResponses of [{}, { key: YES }]) {
          const { status, code, message } = await client().error(method, { taskId, inputResponses })
          expect([status, code, message]).toEqual([200, -32602, 'Task not found'])
        }
      }
      for (const params of [{}, { taskId: 7 }, { taskId: null }]) {
        expect((await client().error(method, params)).code).toBe(-32602)
      }
    },
  )

  test('tells a client what it lacks to be asked what the task asks, and nothing is lost [U39]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    await reach(one, taskId, 'input_required')
    const { status, code, data } = await one.error('tasks/get', { taskId }, { capabilities: TASKS })
    expect([status, code, data]).toEqual([400, -32021, { requiredCapabilities: { elicitation: { form: {} } } }])
    expect(await getTask(one, taskId)).toMatchObject({ status: 'input_required' })
  })

  /** The coordinator is stopped while the client asks and goes, so that it sees both at once. */
  test('ends a task whose client was gone before it had it: nobody knows of it [U15 R27]', async () => {
    const bob = await WireSession.open(world, { person: 'bob' })
    const { process: coordinator } = await world.stack.addCoordinator()
    const at = world.stack.coordinators.length - 1
    const { hostname, port } = world.stack.url(at)
    process.kill(coordinator.pid, 'SIGSTOP')
    const socket = connect({ host: hostname, port: Number(port) })
    await new Promise<void>((resolve) => socket.write(callAsBytes('slow', { ms: 60_000 }), () => resolve()))
    socket.destroy()
    process.kill(coordinator.pid, 'SIGCONT')
    await expect
      .poll(async () => (await bob.result<{ tasks: { statusMessage?: string }[] }>('tasks/list')).tasks[0])
      .toMatchObject({ status: 'cancelled', statusMessage: 'The client was gone before it had the task.' })
    await coordinator.kill('SIGTERM')
  })

  test('does not end a task when its client goes after it has the task [R27 U15]', async () => {
    const one = client()
    const stream = await one.stream('tools/call', { name: 'confirm', arguments: { filename: 'a' } }, { id: 'call' })
    await stream.cut()
    const { taskId } = await submit(one, 'confirm', { filename: 'b' })
    expect((await reach(one, taskId, 'input_required')).status).toBe('input_required')
  })

  test('sends no progress and no log messages of a task, whatever was asked for [U34 F5 F20]', async () => {
    const one = client()
    const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'debug' }
    const call = { name: 'progress', arguments: { to: 3, everyMs: 10 } }
    const reply = await one.ask('tools/call', call, { meta })
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
    const { taskId } = reply.message.result as { taskId: string }
    const stream = await one.stream('subscriptions/listen', { notifications: { taskIds: [taskId] } }, { id: 's', meta })
    await stream.next(({ params }) => params?.status === 'completed')
    expect(stream.messages.filter(answers('s'))).toEqual([])
    expect(new Set(stream.messages.map(({ method }) => method))).toEqual(
      new Set(['notifications/subscriptions/acknowledged', 'notifications/tasks']),
    )
    await stream.cut()
  })

  test.each(['person', 'model'])('ends a task whose question to a %s nobody answers in time [U27]', async (of) => {
    const one = client()
    const { taskId } = await submit(one, 'impatient', { deadlineMs: 50, of })
    expect(await settle(one, taskId)).toMatchObject({ status: 'completed', result: { isError: true } })
  })

  test('forgets a task when its time is over, and not before [U10 U11]', async () => {
    const one = client()
    const session = await WireSession.open(world)
    const { task } = await session.result<{ task: { taskId: string } }>('tools/call', {
      name: 'divide',
      arguments: { a: 1, b: 1 },
      task: { ttl: 0 },
    })
    const { createdAt, ttlMs } = await settle(one, task.taskId)
    const endsAt = Date.parse(createdAt) + Number(ttlMs)
    await expect
      .poll(async () => (await one.ask('tasks/get', { taskId: task.taskId })).message.error?.message, {
        timeout: 15_000,
      })
      .toBe('Task not found')
    expect(Date.now()).toBeGreaterThanOrEqual(endsAt)
  })
}
