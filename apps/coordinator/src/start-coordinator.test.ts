import { once } from 'node:events'
import { connect } from 'node:net'
import { Connection } from '@longhaul/store'
import { readSettings } from '@longhaul/task'
import { type StoreProxy, startStoreProxy, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { FORM, openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../test/coordinator.ts'

let store: TestStore
let worker: TestWorker
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
})
afterAll(async () => {
  await worker.close()
  await store.stop()
})

describe('a coordinator does not start', () => {
  test.each(['0.0.0.0', '::', '192.168.1.1', 'mcp.example.com'])('on %s without keys', async (host) => {
    await expect(openCoordinator(store.url, { host })).rejects.toThrow(
      `Bound to ${host}, others could use this server without a key. Set LONGHAUL_API_KEYS (see 'longhaul key') or LONGHAUL_OAUTH_ISSUERS, or bind 127.0.0.1.`,
    )
  })

  test('with settings that cannot be used, and leaves nothing open', async () => {
    await expect(openCoordinator(store.url, { publicUrl: 'mcp.example.com' })).rejects.toThrow(/^LONGHAUL_PUBLIC_URL: /)
    await expect(openCoordinator(store.url, { apiKeys: ['x'] })).rejects.toThrow(/^LONGHAUL_API_KEYS, entry 1: /)
  })

  test('on a port that is taken', async () => {
    const first = await openCoordinator(store.url)
    const port = Number(new URL(first.address).port)
    await expect(openCoordinator(store.url, { port })).rejects.toMatchObject({ code: 'EADDRINUSE', port })
    await first.close()
  })
})

test('binds beyond loopback with keys, and warns where a public address needs none', async () => {
  const wide = await openCoordinator(store.url, { host: '0.0.0.0', apiKeys: ['anna=anna-anna-anna-anna'] })
  expect(wide.log.join('')).not.toContain('LONGHAUL_PUBLIC_URL')
  await wide.close()
  const open = await openCoordinator(store.url, { publicUrl: 'https://mcp.example.com' })
  expect(open.log.join('')).toContain(
    'LONGHAUL_PUBLIC_URL is set, and neither LONGHAUL_API_KEYS nor LONGHAUL_OAUTH_ISSUERS: whoever reaches that address may do everything',
  )
  await open.close()
})

describe('a coordinator ends', () => {
  test('once, however often it is told to', async () => {
    const coordinator = await openCoordinator(store.url)
    await Promise.all([coordinator.close(), coordinator.close()])
    await coordinator.close()
    await expect(coordinator.call({ method: 'GET', path: '/healthz' })).rejects.toThrow('ECONNREFUSED')
  })

  test('although a client has not asked anything yet, or not to the end', async () => {
    const coordinator = await openCoordinator(store.url, { shutdownGraceMs: 100 })
    const { hostname, port } = new URL(coordinator.address)
    const [silent, slow] = [connect(Number(port), hostname), connect(Number(port), hostname)]
    await Promise.all([once(silent, 'connect'), once(slow, 'connect')])
    slow.write('POST /mcp HTTP/1.1\r\nhost: localhost\r\n')
    for (const socket of [silent, slow]) socket.on('error', () => {}).resume()
    await coordinator.close()
    await expect.poll(() => [silent.closed, slow.closed]).toEqual([true, true])
  })

  test('although a client does not read its stream', async () => {
    const coordinator = await openCoordinator(store.url, { shutdownGraceMs: 500 })
    const session = await coordinator.initialize({ capabilities: { elicitation: {} } })
    const { hostname, port } = new URL(coordinator.address)
    const socket = connect(Number(port), hostname)
    const headers = Object.entries(session.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.on('error', () => {}).write(`GET /mcp HTTP/1.1\r\nhost: localhost\r\n${headers.join('')}\r\n`)
    await once(socket, 'readable')
    const taskId = await session.createTask('look')
    // More than all buffers on the way hold.
    await worker.ask(taskId, { key: 'q1', question: { ...FORM, message: 'x'.repeat(14_000_000) } })
    for await (const _ of socket.iterator({ destroyOnReturn: false })) if (socket.bytesRead > 100_000) break
    await coordinator.close()
    socket.destroy()
  })
})

describe('while the store is away', () => {
  let proxy: StoreProxy
  let coordinator: TestCoordinator
  beforeAll(async () => {
    proxy = await startStoreProxy(store.url)
    coordinator = await openCoordinator(proxy.url)
  })
  afterAll(async () => {
    await coordinator.close()
    await proxy.stop()
  })

  test('says so, serves what it can, and goes on when it is back', async () => {
    const session = await coordinator.initialize()
    const taskId = await session.createTask('look')
    const stream = await session.stream('held', 'tasks/result', { taskId })
    await stream.next()
    await proxy.cut()

    await expect
      .poll(() => coordinator.call({ method: 'GET', path: '/readyz' }))
      .toMatchObject({
        status: 503,
        body: { status: 'not ready', reason: 'The task store cannot be reached.' },
      })
    expect(await coordinator.call({ method: 'GET', path: '/healthz' })).toMatchObject({ status: 200 })
    for (const [method, params] of [
      ['ping', {}],
      ['tools/call', { name: 'look', task: {} }],
      ['tasks/get', { taskId }],
    ] as const) {
      expect(await session.send({ id: 8, method, params })).toMatchObject({
        status: 503,
        body: {
          jsonrpc: '2.0',
          id: 8,
          error: {
            code: -31000,
            message: 'The task store cannot be reached just now. Nothing was lost; try again shortly.',
          },
        },
      })
    }
    expect((await coordinator.initialize()).hello.status).toBe(503)

    await proxy.restore()
    await expect
      .poll(() => coordinator.call({ method: 'GET', path: '/readyz' }), { timeout: 5000 })
      .toMatchObject({
        status: 200,
      })
    expect((await session.request('tasks/get', { taskId })).body.result.status).toBe('working')
    await worker.finish(taskId)
    expect((await stream.nextMessage()).message).toMatchObject({ id: 'held', result: {} })

    const said = coordinator.log.map((line) => JSON.parse(line).msg)
    expect(said.filter((line) => line === 'the store is away; trying again until it is back')).toHaveLength(1)
    expect(said).not.toContain('request failed')
  })

  test('starts all the same, says so, and serves when it comes', async () => {
    await proxy.cut()
    const early = await openCoordinator(proxy.url)
    expect(await early.call({ method: 'GET', path: '/readyz' })).toMatchObject({ status: 503 })
    expect((await early.initialize()).hello).toMatchObject({
      status: 503,
      body: { error: { code: -31000, message: expect.stringContaining('The task store cannot be reached just now.') } },
    })
    expect(early.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40)).toEqual([
      expect.objectContaining({ msg: 'the store is away; trying again until it is back', reason: expect.any(String) }),
    ])
    await proxy.restore()
    await expect.poll(() => early.call({ method: 'GET', path: '/readyz' })).toMatchObject({ status: 200 })
    const session = await early.initialize()
    await worker.finish(await session.createTask('look'))
    await early.close()
  })
})

test('says that the clock of its machine is not that of the store', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
  onTestFinished(() => void vi.useRealTimers())
  const coordinator = await openCoordinator(store.url)
  await expect.poll(() => coordinator.log.join('')).toMatch(/is \d+ ms ahead of that of the store\./)
  await coordinator.close()
})

test('says how many workers live, and of a task that none of them will take that it waits for one', async () => {
  await worker.announce([{ name: 'far', queue: 'gpu' }])
  const coordinator = await openCoordinator(store.url)
  expect((await coordinator.call({ method: 'GET', path: '/readyz' })).body).toMatchObject({ workers: 1 })
  const session = await coordinator.initialize()
  const messageOf = async (tool: string) => {
    const taskId = await session.createTask(tool)
    return (await session.request('tasks/get', { taskId })).body.result.statusMessage
  }
  expect(await messageOf('far')).toBe("Waits for a worker: none serves the queue 'gpu'.")
  expect(await messageOf('look')).toBeUndefined()
  await coordinator.close()
})

test('is ready while the store is full, and says so, since what is there is served', async () => {
  const coordinator = await openCoordinator(store.url)
  const session = await coordinator.initialize()
  const taskId = await session.createTask('look')
  const operator = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'fail' })
  const limitTo = (bytes: string) => operator.send((redis) => redis.config('SET', 'maxmemory', bytes))
  await limitTo('1')
  try {
    expect(await session.request('tools/call', { name: 'look', task: {} })).toMatchObject({ status: 503 })
    expect(await coordinator.call({ method: 'GET', path: '/readyz' })).toMatchObject({
      status: 200,
      body: { storeIsFull: true },
    })
    expect((await session.request('tasks/get', { taskId })).body.result.status).toBe('working')
  } finally {
    await limitTo('0')
    await operator.close()
  }
  const readyz = async () => (await coordinator.call({ method: 'GET', path: '/readyz' })).body
  await expect.poll(readyz, { timeout: 10_000 }).not.toHaveProperty('storeIsFull')
  expect(coordinator.log.map((line) => JSON.parse(line).msg).filter((line) => line.startsWith('the store'))).toEqual([
    'the store is full and takes nothing new; give it more memory or disk',
    'the store takes what is new again',
  ])
  await worker.finish(taskId)
  await coordinator.close()
})

test('no secret, argument, prompt or answer is in the log, at any level', async () => {
  const secrets = ['key-key-key-key-key', 'argument-argument', 'answer-answer', 'result-result', 'question-question']
  const [key = '', argument, said, result = '', message = ''] = secrets
  const coordinator = await openCoordinator(store.url, { apiKeys: [`anna=${key}`] })
  const session = await coordinator.initialize({
    headers: { authorization: `Bearer ${key}` },
    capabilities: { elicitation: {} },
  })
  const taskId = await session.createTask('look', { at: argument })
  const requestedSchema = { type: 'object', properties: { name: { type: 'string', maxLength: 3 } } }
  await worker.ask(taskId, { key: 'q1', question: { method: 'elicitation/create', message, requestedSchema } })
  const stream = await session.stream(1, 'tasks/result', { taskId })
  const asked = await stream.nextMessage('elicitation/create')
  await session.send({ id: asked.message.id, result: { action: 'accept', content: { name: said } } })
  await coordinator.call({ headers: { authorization: `Bearer ${key}x` }, body: { at: argument } })
  await session.send({ id: asked.message.id, result: { action: 'accept', content: {} } })
  await worker.finish(taskId, { kind: 'result', result: { content: [{ type: 'text', text: result }] } })
  await stream.nextMessage()
  await coordinator.close()
  const log = coordinator.log.join('')
  expect(log).toContain('Server listening')
  for (const secret of secrets) expect(log).not.toContain(secret)
})
