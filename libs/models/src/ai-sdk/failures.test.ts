import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Message } from '@longhaul/task'
import {
  anthropicAnswer,
  chatAnswer,
  cut,
  events,
  googleAnswer,
  html,
  json,
  type ProviderServer,
  type Reply,
  responsesAnswer,
  responsesText,
  startProviderServer,
  TOO_LONG,
  toEvents,
  WAYS,
} from '@longhaul/testbed/providers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Env, ModelError, resolveModel } from '../index.ts'

const KEY = 'sk-secret-0123456789'
const ask: Message = { role: 'user', content: [{ type: 'text', text: 'a private question' }] }
const request = { messages: [ask], maxTokens: 300 }

interface Case {
  readonly name: string
  readonly keyVariable: string
  readonly env: (url: string) => Env
  /** A whole answer that says `It is sunny in Rome.` */
  readonly answer: object
  /** An error in the middle of a stream, as this provider sends one. */
  readonly overload: object
  readonly rateLimit: object
  readonly tooLong: object
}
const SAID = 'It is sunny in Rome.'
const providers: readonly Case[] = [
  {
    name: 'anthropic/m',
    tooLong: TOO_LONG.anthropic,
    keyVariable: 'ANTHROPIC_API_KEY',
    env: (url) => ({ ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: url }),
    answer: anthropicAnswer([{ type: 'text', text: SAID }], 'end_turn'),
    overload: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    rateLimit: { type: 'error', error: { type: 'rate_limit_error', message: 'Too fast' } },
  },
  {
    name: 'openai/m',
    tooLong: TOO_LONG.openai,
    keyVariable: 'OPENAI_API_KEY',
    env: (url) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url }),
    answer: responsesAnswer([responsesText(SAID)]),
    overload: { type: 'error', sequence_number: 9, code: 'server_error', message: 'Overloaded', param: null },
    rateLimit: { type: 'error', sequence_number: 9, code: 'rate_limit_exceeded', message: 'Too fast', param: null },
  },
  {
    name: 'google/m',
    tooLong: TOO_LONG.google,
    keyVariable: 'GOOGLE_GENERATIVE_AI_API_KEY',
    env: (url) => ({ GOOGLE_GENERATIVE_AI_API_KEY: KEY, GOOGLE_GENERATIVE_AI_BASE_URL: url }),
    answer: googleAnswer([{ text: SAID }]),
    overload: { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } },
    rateLimit: { error: { code: 429, message: 'Too fast', status: 'RESOURCE_EXHAUSTED' } },
  },
  {
    name: 'compatible/m',
    tooLong: TOO_LONG.compatible,
    keyVariable: 'OPENAI_COMPATIBLE_API_KEY',
    env: (url) => ({ OPENAI_COMPATIBLE_API_KEY: KEY, OPENAI_COMPATIBLE_BASE_URL: url }),
    answer: chatAnswer({ content: SAID }, 'stop'),
    overload: { error: { message: 'Overloaded', type: 'server_error', code: 503 } },
    rateLimit: { error: { message: 'Too fast', type: 'rate_limit_error', code: 429 } },
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
  error: { type: 'some_error', message: `${message} (${KEY})`, code, status: 'SOME_ERROR' },
})

const cases = providers.flatMap((provider) => WAYS.map((way) => ({ ...provider, ...way })))
describe.each(cases)('$name, $way', ({ name, keyVariable, env, onDelta, tooLong }) => {
  const generate = (signal = new AbortController().signal) =>
    resolveModel(name, env(server.url)).generate(request, { signal, onDelta })
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

  test('knows a conversation that is longer than the model takes', async () => {
    const expected = { isTooLong: true, retryable: false }
    expect(await failed(json(tooLong, 400))).toMatchObject(expected)
    expect(await failed(json(failure('Request too large'), 413))).toMatchObject(expected)
    expect(await failed(json(failure('Not today'), 400))).toMatchObject({ isTooLong: false })
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
    await expect(model.generate(request, { signal: new AbortController().signal, onDelta })).rejects.toMatchObject({
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

describe.each(providers)('$name, in the middle of a stream', ({ name, env, answer, overload, rateLimit }) => {
  const stream = toEvents(answer)
  /** All but what ends the stream, or says that it is complete. */
  const begun = stream.slice(0, stream.findIndex((event) => JSON.stringify(event).includes('Rom')) + 1)
  const failedStream = async (list: readonly (string | object)[], isCut = false) => {
    server.reply(events(list, { isCut }))
    const said: string[] = []
    const onDelta = ({ text }: { text: string }) => void said.push(text)
    const signal = new AbortController().signal
    const error = await resolveModel(name, env(server.url))
      .generate(request, { signal, onDelta })
      .then(
        () => undefined,
        (error) => error,
      )
    return { error, said: said.join('') }
  }

  test('tells what the model says, piece by piece', async () => {
    const pieces: string[] = []
    server.reply(events(stream))
    const onDelta = ({ text }: { text: string }) => void pieces.push(text)
    await resolveModel(name, env(server.url)).generate(request, { signal: new AbortController().signal, onDelta })
    expect(pieces.join('')).toBe(SAID)
    expect(pieces.length).toBeGreaterThan(3)
  })

  test('takes a cut connection for something to repeat', async () => {
    const { error, said } = await failedStream(begun, true)
    expect(said).toMatch(/^It is sunny in/)
    expect(error).toMatchObject({ name: 'ModelError', retryable: true, isRateLimit: false })
    expect(error.message).toContain('The connection failed')
  })

  test('takes an end before the end for something to repeat', async () => {
    const { error } = await failedStream(begun)
    expect(error).toMatchObject({ name: 'ModelError', retryable: true, isRateLimit: false })
    expect(error.message).toMatch(/ended (before it was complete|without a finish reason)/)
  })

  test('takes an overload for something to repeat', async () => {
    const { error } = await failedStream([...begun, overload])
    expect(error).toMatchObject({ name: 'ModelError', retryable: true, isRateLimit: false })
    expect(error.message).toContain('Overloaded')
  })

  test('knows a rate limit', async () => {
    for (const list of [[rateLimit], [...begun, rateLimit]]) {
      const { error } = await failedStream(list)
      expect(error).toMatchObject({ name: 'ModelError', retryable: true, isRateLimit: true })
    }
  })
})
