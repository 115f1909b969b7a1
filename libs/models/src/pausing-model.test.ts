import type { Pauses } from '@longhaul/task'
import { expect, test } from 'vitest'
import { type Model, ModelError, withPauses } from './index.ts'

const settings = { rateLimitPauseMs: 10_000, rateLimitScope: 'key', retryJitterPercent: 50 } as const
const request = { messages: [], maxTokens: 9 }
const signal = new AbortController().signal

/** Pauses as workers share them, and how often they were asked for. */
function openPauses(): Pauses & { readonly until: Map<string, number> } {
  const until = new Map<string, number>()
  return {
    until,
    remainingMs: async (account) => until.get(account) ?? 0,
    pause: async (account, ms) => void until.set(account, ms),
  }
}

const failing = (id: string, account: string, error: ModelError) => {
  let calls = 0
  const model: Model = {
    ...{ id, account },
    generate: async () => {
      calls++
      throw error
    },
  }
  return { model, calls: () => calls }
}
const errorOf = (model: Model): Promise<ModelError> =>
  model.generate(request, { signal }).then(
    () => Promise.reject(new Error('it answered')),
    (error) => error,
  )
const tooMany = (retryAfterMs?: number) =>
  new ModelError('a/m: Too many requests.', {
    ...{ retryable: true, isRateLimit: true },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })

test('a rate limit pauses the key for as long as the provider says, for all models and workers', async () => {
  const pauses = openPauses()
  const limited = failing('a/m', 'key-1', tooMany(30_000))
  const other = failing('a/n', 'key-1', tooMany())
  const first = await errorOf(withPauses(limited.model, { pauses, settings }))
  expect(first).toMatchObject({ retryable: true, isDeferred: true })
  expect(first.retryAfterMs).toBeGreaterThanOrEqual(30_000)
  expect(first.retryAfterMs).toBeLessThanOrEqual(45_000)
  expect(pauses.until).toEqual(new Map([['key-1', 30_000]]))

  const second = await errorOf(withPauses(other.model, { pauses, settings }))
  expect(other.calls()).toBe(0)
  expect(second).toMatchObject({ retryable: true, isDeferred: true })
  expect(second.message).toBe('a/n: The provider takes no requests for the next 30 s.')
  expect(second.retryAfterMs).toBeGreaterThanOrEqual(30_000)
})

test('a rate limit without a time pauses the key for the time of the setting', async () => {
  const pauses = openPauses()
  await errorOf(withPauses(failing('a/m', 'key-1', tooMany()).model, { pauses, settings }))
  expect(pauses.until.get('key-1')).toBe(10_000)
})

test('an overload pauses the key only where the provider says for how long, and counts as an attempt', async () => {
  const pauses = openPauses()
  const plain = new ModelError('busy', { retryable: true })
  expect(await errorOf(withPauses(failing('a/m', 'key-1', plain).model, { pauses, settings }))).toBe(plain)
  expect(pauses.until.size).toBe(0)
  const timed = new ModelError('busy', { retryable: true, retryAfterMs: 2000 })
  const error = await errorOf(withPauses(failing('a/m', 'key-1', timed).model, { pauses, settings }))
  expect(error).toMatchObject({ retryable: true, isDeferred: false })
  expect(pauses.until.get('key-1')).toBe(2000)
})

test('with the scope of a model other models of the key go on', async () => {
  const pauses = openPauses()
  const options = { pauses, settings: { ...settings, rateLimitScope: 'model' as const } }
  await errorOf(withPauses(failing('a/m', 'key-1', tooMany()).model, options))
  const other = failing('a/n', 'key-1', new ModelError('no', { retryable: false }))
  expect((await errorOf(withPauses(other.model, options))).message).toBe('no')
  expect((await errorOf(withPauses(failing('a/m', 'key-1', tooMany()).model, options))).message).toContain('takes no')
})

test('a model that nobody counts is never asked about', () => {
  const model: Model = { id: 'scripted:a.yaml', generate: () => Promise.reject(new Error('unused')) }
  expect(withPauses(model, { pauses: openPauses(), settings })).toBe(model)
})
