import { once } from 'node:events'
import { expect, test } from 'vitest'
import { answerJson, type Heard, openClient, openServer, openStream } from '../test/open-client.ts'

const HELLO = {
  id: 'hello',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: { roots: {} } },
}
const KEY = 'dev.longhaul/idempotencyKey'
const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

const methodOf = ({ method, message }: Heard): string => message?.method ?? method
const sessionOf = ({ headers }: Heard): unknown => headers['mcp-session-id']

/** Opens sessions s1, s2, …; leaves the rest to the test. */
function withSessions(answer: (heard: Heard) => void): (heard: Heard) => void {
  let sessions = 0
  return (heard) => {
    if (methodOf(heard) === 'initialize') {
      sessions++
      return answerJson(heard, { protocolVersion: '2025-11-25' }, { 'mcp-session-id': `s${sessions}` })
    }
    if (methodOf(heard) === 'GET' && heard.headers['last-event-id'] === undefined) return void openStream(heard)
    if (/^(notifications\/|DELETE)/.test(methodOf(heard))) return void heard.response.writeHead(202).end()
    answer(heard)
  }
}

test('says nothing of a stream of the session that is refused, and asks for it again', async () => {
  let refusals = 0
  const server = await openServer((heard) => {
    if (methodOf(heard) === 'initialize')
      return answerJson(heard, { protocolVersion: '2025-11-25' }, { 'mcp-session-id': 's1' })
    if (methodOf(heard) !== 'GET') return void heard.response.writeHead(202).end()
    if (++refusals > 2) return void openStream(heard)({ method: 'notifications/tools/list_changed' })
    const error = { code: -32603, message: 'Internal error' }
    heard.response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', error }))
  })
  const client = openClient(server.url)
  client.send(HELLO)
  await client.answerTo('hello')
  client.send({ method: 'notifications/initialized' })
  await client.heard(({ method }) => method === 'notifications/tools/list_changed')
  expect(client.messages.map(({ id, method }) => id ?? method)).toEqual(['hello', 'notifications/tools/list_changed'])
})

test('opens another session in the stead of one that was forgotten, and sets in it what was set', async () => {
  let isForgotten = false
  const server = await openServer(
    withSessions((heard) => {
      if (isForgotten && sessionOf(heard) === 's1') heard.response.writeHead(404).end()
      else answerJson(heard, { session: sessionOf(heard) })
    }),
  )
  const client = openClient(server.url)
  client.send(HELLO)
  client.send({ id: 1, method: 'logging/setLevel', params: { level: 'error' } })
  for (const uri of ['a:1', 'a:2']) client.send({ id: uri, method: 'resources/subscribe', params: { uri } })
  client.send({ id: 'un', method: 'resources/unsubscribe', params: { uri: 'a:1' } })
  await client.answerTo('un')

  isForgotten = true
  for (const id of [2, 3]) client.send({ id, method: 'tools/list' })
  for (const id of [2, 3]) expect((await client.answerTo(id)).result).toEqual({ session: 's2' })
  const inSecond = server.heard.filter((heard) => sessionOf(heard) === 's2').map(({ message }) => message)
  expect(inSecond).toContainEqual(expect.objectContaining({ method: 'notifications/initialized' }))
  expect(inSecond).toContainEqual(expect.objectContaining({ method: 'logging/setLevel', params: { level: 'error' } }))
  expect(inSecond).toContainEqual(expect.objectContaining({ method: 'resources/subscribe', params: { uri: 'a:2' } }))
  expect(inSecond).not.toContainEqual(expect.objectContaining({ params: { uri: 'a:1' } }))
  const hellos = server.heard.filter((heard) => methodOf(heard) === 'initialize')
  expect(hellos.map(({ message }) => message.params)).toEqual([HELLO.params, HELLO.params])
  expect(hellos.every(({ headers }) => headers.authorization === 'Bearer secret')).toBe(true)
})

test('says once why there is no other session in the stead of one that was forgotten, and goes on trying', async () => {
  let handshakes = 0
  const answer = withSessions((heard) => {
    if (sessionOf(heard) === 's1') heard.response.writeHead(404).end()
    else answerJson(heard, { session: sessionOf(heard) })
  })
  const server = await openServer((heard) => {
    if (methodOf(heard) !== 'initialize' || ![2, 3].includes(++handshakes)) return answer(heard)
    const error = { code: -31000, message: 'You have too many.' }
    heard.response.writeHead(200, { 'content-type': 'application/json' })
    heard.response.end(JSON.stringify({ jsonrpc: '2.0', id: heard.message.id, error }))
  })
  const client = openClient(server.url)
  client.send(HELLO)
  client.send({ id: 1, method: 'tools/list' })
  expect((await client.answerTo(1)).result).toEqual({ session: 's2' })
  expect(client.facts.filter((fact) => 'reason' in fact)).toEqual([{ reason: 'You have too many.' }])
})

test.each([
  ['of its own', { arguments: {} }, /^stdio-/],
  ['that its client gave', { arguments: {}, _meta: { [KEY]: 'mine' } }, /^mine$/],
])('sends a call again that may have arrived, under the one name %s', async (_whose, params, name) => {
  const calls: Heard[] = []
  const server = await openServer(
    withSessions((heard) => {
      calls.push(heard)
      if (calls.length === 1) heard.response.destroy()
      else answerJson(heard, {})
    }),
  )
  const client = openClient(server.url)
  client.send(HELLO)
  client.send({ id: 1, method: 'tools/call', params: { name: 'look', ...params } })
  expect((await client.answerTo(1)).result).toEqual({})
  const [first, second] = calls.map(({ message }) => message)
  expect(first.params._meta[KEY]).toMatch(name)
  expect(second).toEqual(first)
})

test('resumes a stream after its last event, and does not send the request again', async () => {
  const server = await openServer(
    withSessions((heard) => {
      const say = openStream(heard)
      if (methodOf(heard) === 'GET') return void say({ id: 1, result: { after: heard.headers['last-event-id'] } })
      heard.response.write('id: e1\ndata: \n\n')
      heard.response.end('id: e2\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n')
    }),
  )
  const client = openClient(server.url)
  client.send(HELLO)
  client.send({ id: 1, method: 'tools/call', params: { name: 'look' } })
  expect((await client.answerTo(1)).result).toEqual({ after: 'e2' })
  expect(client.messages.at(-2)).toMatchObject({ method: 'notifications/progress' })
})

test('tells why its key is not taken', async () => {
  const error = { code: -31000, message: 'The access token has expired.' }
  const server = await openServer(({ response }) =>
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', error })),
  )
  const client = openClient(server.url)
  client.send({ id: 1, method: 'tools/list', params: { _meta } })
  expect((await client.answerTo(1)).error?.message).toBe(
    `${server.url}/mcp does not take the key. Set LONGHAUL_API_KEY to one that it knows, or to an access token. It says: The access token has expired.`,
  )
})

test('waits for an installation that is away, and then tells what it says', async () => {
  const away = JSON.stringify({ jsonrpc: '2.0', error: { code: -31000, message: 'The store is away.' } })
  let isAway = true
  const server = await openServer((heard) => {
    if (isAway) heard.response.writeHead(503, { 'content-type': 'application/json' }).end(away)
    else answerJson(heard, {})
  })
  const impatient = openClient(server.url, { reachWaitMs: 0 })
  impatient.send({ id: 1, method: 'tools/list', params: { _meta } })
  expect((await impatient.answerTo(1)).error).toEqual({
    code: -31000,
    message: `Longhaul at ${server.url}/mcp cannot serve just now: The store is away.`,
  })
  const patient = openClient(server.url)
  patient.send({ id: 1, method: 'tools/list', params: { _meta } })
  await expect.poll(() => server.heard.length).toBeGreaterThan(3)
  isAway = false
  expect((await patient.answerTo(1)).result).toEqual({})
  expect(patient.logged).toEqual([
    'the installation cannot be reached; trying again until it is there',
    'the installation is there again',
  ])
})

test.each([
  ['a page', 200, 'text/html', '<h1>It works</h1>'],
  ['nothing', 500, 'text/plain', ''],
])('says so where %s is answered', async (_what, status, type, body) => {
  const server = await openServer(({ response }) => response.writeHead(status, { 'content-type': type }).end(body))
  const client = openClient(server.url)
  client.send({ id: 'a', method: 'server/discover', params: { _meta } })
  expect((await client.answerTo('a')).error).toEqual({
    code: -31000,
    message: `${server.url}/mcp answered HTTP ${status} with something that is not MCP. Is it Longhaul?`,
  })
})

test('does not take its key to where it is redirected', async () => {
  const server = await openServer((heard) => {
    if (heard.method === 'POST') heard.response.writeHead(302, { location: '/elsewhere' }).end()
    else answerJson(heard, {})
  })
  const client = openClient(server.url, { reachWaitMs: 0 })
  client.send({ id: 'a', method: 'server/discover', params: { _meta } })
  expect((await client.answerTo('a')).error).toMatchObject({ code: -31000 })
  expect(server.heard.map(({ method }) => method)).not.toContain('GET')
})

test('refuses an id that is in use, and more requests than may be unanswered', async () => {
  const server = await openServer(() => {})
  const client = openClient(server.url, { maxStdioRequests: 2 })
  for (const id of [1, 1, '1', 3]) client.send({ id, method: 'tools/list', params: { _meta } })
  expect(await client.answerTo(1)).toMatchObject({ error: { code: -32600 } })
  const { error } = await client.answerTo(3)
  expect(error).toMatchObject({ code: -31000, message: expect.stringContaining('LONGHAUL_MAX_STDIO_REQUESTS') })
})

test('keeps only so much for an installation that is away, answers and cancellations longest, and says what it dropped', async () => {
  let isAway = false
  const calls: Heard[] = []
  const told: unknown[] = []
  const server = await openServer((heard) => {
    if (isAway) return void heard.response.writeHead(503).end()
    const isSaid = heard.message?.id === 'asked' || /^notifications\//.test(methodOf(heard))
    if (methodOf(heard) === 'initialize')
      return answerJson(heard, { protocolVersion: '2025-11-25' }, { 'mcp-session-id': 's1' })
    if (methodOf(heard) === 'tools/call') return void calls.push(heard)
    if (isSaid) told.push(heard.message.params?.progress ?? heard.message.method ?? heard.message.id)
    heard.response.writeHead(isSaid ? 202 : 405).end()
  })
  const client = openClient(server.url, { maxStdioUndelivered: 4 })
  client.send(HELLO)
  client.send({ id: 1, method: 'tools/call', params: { name: 'look' } })
  await expect.poll(() => calls.length).toBe(1)

  isAway = true
  client.send({ id: 'asked', result: { action: 'accept' } })
  await expect.poll(() => client.logged).toContainEqual(expect.stringContaining('cannot be reached'))
  for (let times = 0; times < 5; times++) client.send({ method: 'notifications/cancelled', params: { requestId: 1 } })
  for (const progress of [1, 2, 3, 4, 5]) client.send({ method: 'notifications/progress', params: { progress } })
  client.send({ id: 2, method: 'ping' })
  await client.answerTo(2)
  isAway = false
  await expect.poll(() => client.logged, { timeout: 20_000 }).toContain('the installation was never told of these')
  expect(told.toSorted()).toEqual([4, 5, 'asked', 'notifications/cancelled'])
  expect(client.facts).toContainEqual({ dropped: { 'notifications/progress': 3 } })
})

test('reads no further while as much as may be is on its way, and drops nothing of it', async () => {
  const underWay: Heard[] = []
  const server = await openServer((heard) => {
    if (methodOf(heard) === 'initialize')
      return answerJson(heard, { protocolVersion: '2025-11-25' }, { 'mcp-session-id': 's1' })
    if (methodOf(heard) === 'notifications/progress') return void underWay.push(heard)
    heard.response.writeHead(405).end()
  })
  const client = openClient(server.url, { maxStdioUndelivered: 2 })
  client.send(HELLO)
  for (const progress of [1, 2, 3, 4, 5]) client.send({ method: 'notifications/progress', params: { progress } })
  client.send({ id: 2, method: 'ping' })
  const told: number[] = []
  while (told.length < 5) {
    await expect.poll(() => underWay.length).toBeGreaterThan(0)
    expect(underWay.length).toBeLessThanOrEqual(2)
    // The last two are on their way when what comes after them is read.
    if (told.length < 3) expect(client.messages.map(({ id }) => id)).not.toContain(2)
    const heard = underWay.shift()
    told.push(heard?.message.params.progress)
    heard?.response.writeHead(202).end()
  }
  await client.answerTo(2)
  expect(told.toSorted()).toEqual([1, 2, 3, 4, 5])
  expect(client.logged).toEqual([])
})

test('takes an installation for away that takes messages and does not answer, so that the client is read again', async () => {
  let isMute = true
  let handshakes = 0
  const told: number[] = []
  const server = await openServer((heard) => {
    if (methodOf(heard) === 'initialize' && ++handshakes === 1) return
    if (methodOf(heard) === 'initialize')
      return answerJson(heard, { protocolVersion: '2025-11-25' }, { 'mcp-session-id': 's1' })
    if (methodOf(heard) !== 'notifications/progress') return void heard.response.writeHead(405).end()
    if (isMute) return
    told.push(heard.message.params.progress)
    heard.response.writeHead(202).end()
  })
  const client = openClient(server.url, { maxStdioUndelivered: 2, deliveredWithinMs: 100 })
  client.send(HELLO)
  for (const progress of [1, 2, 3]) client.send({ method: 'notifications/progress', params: { progress } })
  client.send({ id: 2, method: 'ping' })
  await client.answerTo(2)
  isMute = false
  await expect.poll(() => told.toSorted(), { timeout: 20_000 }).toEqual([2, 3])
  expect(client.facts).toContainEqual({ dropped: { 'notifications/progress': 1 } })
})

/** A call, 1, that was cancelled before the server answered it; 2 was answered since. */
async function cancelCall() {
  const calls: Heard[] = []
  const server = await openServer((heard) => {
    if (methodOf(heard) === 'tools/call') calls.push(heard)
    else answerJson(heard, {})
  })
  const client = openClient(server.url)
  client.send({ id: 1, method: 'tools/call', params: { name: 'look', _meta } })
  await expect.poll(() => calls.length).toBe(1)
  client.send({ method: 'notifications/cancelled', params: { requestId: 1 } })
  client.send({ id: 2, method: 'tools/list', params: { _meta } })
  await client.answerTo(2)
  return { server, client, calls }
}

test('cancels a task whose handle comes after its call was cancelled, and says nothing of it', async () => {
  const { server, client, calls } = await cancelCall()
  for (const call of calls) answerJson(call, { resultType: 'task', taskId: 'T' })
  await expect.poll(() => server.heard.map(methodOf)).toContain('tasks/cancel')
  const { message, headers } = server.heard.at(-1) ?? {}
  expect(message.params).toEqual({ taskId: 'T', _meta })
  expect(headers).toMatchObject({ 'mcp-method': 'tasks/cancel', 'mcp-name': 'T' })
  expect(client.messages.map(({ id }) => id)).toEqual([2])
})

test('lets go of a call that is taken up after it was cancelled', async () => {
  const { client, calls } = await cancelCall()
  for (const call of calls) {
    const left = once(call.response, 'close')
    openStream(call)
    await left
  }
  expect(client.messages.map(({ id }) => id)).toEqual([2])
})

test('reads no faster than its client does', async () => {
  const big = { method: 'notifications/message', params: { data: 'x'.repeat(100_000) } }
  const opened = Promise.withResolvers<{ readonly say: (message: object) => boolean; readonly heard: Heard }>()
  const server = await openServer((heard) => opened.resolve({ say: openStream(heard), heard }))
  const client = openClient(server.url, {}, { isReading: false })
  client.send({ id: 1, method: 'tools/call', params: { name: 'look', _meta } })
  const { say, heard } = await opened.promise
  const drained = () => new Promise<boolean>((resolve) => heard.response.once('drain', () => resolve(true)))
  let said = 0
  // Sockets hold some megabytes; then nobody takes any more.
  while (said < 1000) {
    said++
    if (!say(big) && !(await Promise.race([drained(), pause()]))) break
  }
  expect(said).toBeLessThan(1000)
  client.read()
  say({ id: 1, result: {} })
  await client.answerTo(1)
  expect(client.messages).toHaveLength(said + 1)
})

test('has the answers that are on their way when its input ends, and ends the session', async () => {
  const calls: Heard[] = []
  const server = await openServer(withSessions((heard) => void calls.push(heard)))
  const client = openClient(server.url)
  client.send(HELLO)
  client.send({ id: 1, method: 'tools/list' })
  await expect.poll(() => calls.length).toBe(1)
  client.input.end()
  for (const call of calls) answerJson(call, {})
  await client.answerTo(1)
  expect(await client.ended).toBe('the client has closed its end')
  expect(server.heard.map(methodOf).at(-1)).toBe('DELETE')
})

test('ends a subscription in order when it ends itself, but none that was cancelled or has not begun', async () => {
  const server = await openServer((heard) => {
    const say = openStream(heard)
    const params = { notifications: {}, _meta: { 'io.modelcontextprotocol/subscriptionId': heard.message.id } }
    if (heard.message.id !== 'unheard') say({ method: 'notifications/subscriptions/acknowledged', params })
  })
  const client = openClient(server.url)
  for (const id of ['unheard', 'cancelled', 'lasting']) {
    client.send({ id, method: 'subscriptions/listen', params: { notifications: {}, _meta } })
  }
  for (const id of ['cancelled', 'lasting']) {
    await client.heard(({ params }) => params?._meta['io.modelcontextprotocol/subscriptionId'] === id)
  }
  client.send({ method: 'notifications/cancelled', params: { requestId: 'cancelled' } })
  client.input.end()
  await client.ended
  expect((await client.answerTo('lasting')).result).toEqual({
    resultType: 'complete',
    _meta: { 'io.modelcontextprotocol/subscriptionId': 'lasting' },
  })
  expect(client.messages.map(({ id }) => id).filter((id) => id !== undefined)).toEqual(['lasting'])
})

test('ends when its input does, whoever does not answer', async () => {
  const server = await openServer(() => {})
  const client = openClient(server.url)
  client.send({ id: 1, method: 'tools/list', params: { _meta } })
  await expect.poll(() => server.heard.length).toBe(1)
  client.input.end()
  expect(await client.ended).toBe('the client has closed its end')
  expect(client.messages).toEqual([])
})

test('ends when nobody reads it any more', async () => {
  const server = await openServer((heard) => answerJson(heard, {}))
  const client = openClient(server.url)
  client.output.destroy()
  expect(await client.ended).toBe('the client does not read any more')
})

/** Long enough for a loaded machine to take what it can. */
const pause = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 1000))
