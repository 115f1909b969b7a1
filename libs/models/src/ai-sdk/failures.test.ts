import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Message } from '@longhaul/task'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cut, html, json, type ProviderServer, type Reply, startProviderServer } from '../../test/provider-server.ts'
import { type Env, ModelError, resolveModel } from '../index.ts'

const KEY = 'sk-secret-0123456789'
const ask: Message = { role: 'user', content: [{ type: 'text', text: 'a private question' }] }
const request = { messages: [ask], maxTokens: 300 }

const providers: readonly { name: string; keyVariable: string; env: (url: string) => Env }[] = [
  {
    name: 'anthropic/m',
    keyVariable: 'ANTHROPIC_API_KEY',
    env: (url) => ({ ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: url }),
  },
  {
    name: 'openai/m',
    keyVariable: 'OPENAI_API_KEY',
    env: (url) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url }),
  },
  {
    name: 'compatible/m',
    keyVariable: 'OPENAI_COMPATIBLE_API_KEY',
    env: (url) => ({ OPENAI_COMPATIBLE_API_KEY: KEY, OPENAI_COMPATIBLE_BASE_URL: url }),
  },
]

let server: ProviderServer
beforeEach(async () => {
  server = await startProviderServer()
})
afterEach(() => server[Symbol.asyncDispose]())

/** An error body that all three wires can read, and that repeats what it should not. */
const failure = (message: string, code = 'some_code') => ({
  type: 'error',
  error: { type: 'some_error', message: `${message} (${KEY})`, code },
})

describe.each(providers)('$name', ({ name, keyVariable, env }) => {
  const generate = (signal = new AbortController().signal) =>
    resolveModel(name, env(server.url)).generate(request, { signal })
  const failed = async (reply: Reply): Promise<ModelError> => {
    server.reply(reply)
    const error = await generate().then(
      () => new Error('it answered'),
      (error) => error,
    )
    if (!(error instanceof ModelError)) throw error
    return error
  }

  test.each([
    [400, false],
    [403, false],
    [404, false],
    [413, false],
    [422, false],
    [408, true],
    [409, true],
    [429, true],
    [500, true],
    [503, true],
    [529, true],
  ])('says of HTTP %i that it is retryable: %s, once, in words without the key', async (status, retryable) => {
    const error = await failed(json(failure('Not today'), status))
    expect(error.retryable).toBe(retryable)
    expect(error.message).toContain(`${name}: `)
    expect(error.message).toContain(`HTTP ${status}: Not today (…)`)
    expect(server.requests).toHaveLength(1)
    expect(error.cause).toBeUndefined()
  })

  test('says how long the provider asks to be left alone, where trying again is of use', async () => {
    const asking =
      (status: number): Reply =>
      (response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' })
        response.end(JSON.stringify(failure('Not today')))
      }
    expect((await failed(asking(429))).retryAfterMs).toBe(7000)
    expect((await failed(asking(400))).retryAfterMs).toBeUndefined()
    expect((await failed(json(failure('Not today'), 429))).retryAfterMs).toBeUndefined()
  })

  test('names the variable of a key that is not accepted', async () => {
    const error = await failed(json(failure('Incorrect API key: sk-sec…789'), 401))
    expect(error.retryable).toBe(false)
    expect(error.message).toBe(
      `${name}: The provider did not accept the key (HTTP 401). Set ${keyVariable} to one that is valid.`,
    )
  })

  test('does not repeat a call that no credit is left for', async () => {
    const error = await failed(json(failure('Quota', 'insufficient_quota'), 429))
    expect(error.retryable).toBe(false)
    expect(error.message).toBe(`${name}: The account has no credit left (HTTP 429). Check its billing.`)
  })

  test('reads an error without a JSON body', async () => {
    const error = await failed((response) => void response.writeHead(502).end('<h1>Bad gateway</h1>'))
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('(HTTP 502)') })
  })

  test('takes a connection that is cut for something to repeat', async () => {
    const error = await failed(cut)
    expect(error.retryable).toBe(true)
    expect(error.message).toMatch(/The connection failed \(127\.0\.0\.1:\d+: ECONNRESET\)/)
  })

  test('says of a page that is no answer which variable to look at', async () => {
    const error = await failed(html('<h1>Welcome</h1>'))
    expect(error.retryable).toBe(false)
    expect(error.message).toContain(`Check ${keyVariable.replace('API_KEY', 'BASE_URL')} if it is set.`)
  })

  test('says where it cannot connect', async () => {
    const closed = createServer()
    await once(closed.listen(0, '127.0.0.1'), 'listening')
    const { port } = closed.address() as AddressInfo
    await once(closed.close(), 'close')
    const model = resolveModel(name, env(`http://127.0.0.1:${port}`))
    await expect(model.generate(request, { signal: new AbortController().signal })).rejects.toMatchObject({
      name: 'ModelError',
      retryable: true,
      message: expect.stringContaining(`127.0.0.1:${port}: ECONNREFUSED`),
    })
  })

  test('drops the request when it is aborted, and rejects with the reason', async () => {
    const abort = new AbortController()
    const reason = new Error('cancelled by the user')
    const { promise: dropped, resolve } = Promise.withResolvers<void>()
    server.reply((response) => {
      response.on('close', () => resolve())
      abort.abort(reason)
    })
    await expect(generate(abort.signal)).rejects.toBe(reason)
    await dropped
  })

  test('sends nothing when it was aborted before', async () => {
    const reason = new Error('too late')
    await expect(generate(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(server.requests).toHaveLength(0)
  })
})
