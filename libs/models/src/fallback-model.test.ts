import type { ModelAnswer } from '@longhaul/task'
import { expect, test } from 'vitest'
import { type Model, ModelError, withFallbacks } from './index.ts'

const request = { messages: [], maxTokens: 9 }
const signal = new AbortController().signal
const answer = (model: string, more: Partial<ModelAnswer> = {}): ModelAnswer => ({
  ...{ model, role: 'assistant', content: [{ type: 'text', text: `from ${model}` }], stopReason: 'endTurn' },
  ...more,
})

let asked: string[] = []
const model = (id: string, outcome: ModelAnswer | Error): Model => ({
  id,
  generate: async () => {
    asked.push(id)
    if (outcome instanceof Error) throw outcome
    return outcome
  },
})
const ask = (...models: [Model, ...Model[]]) => {
  asked = []
  return withFallbacks(models).generate(request, { signal })
}
const errorOf = (promise: Promise<unknown>): Promise<ModelError> =>
  promise.then(
    () => Promise.reject(new Error('it answered')),
    (error) => error,
  )
const gone = new ModelError('a/a: Not found.', { retryable: false })
const busy = new ModelError('b/b: Overloaded.', { retryable: true })
const deferred = (retryAfterMs: number) =>
  new ModelError(`c/c: Later.`, { retryable: true, isDeferred: true, retryAfterMs })

test('the first model that answers takes the turn, and says who was asked before', async () => {
  const got = await ask(model('a/a', gone), model('b/b', busy), model('c/c', answer('c/c')), model('d/d', gone))
  expect(asked).toEqual(['a/a', 'b/b', 'c/c'])
  expect(got).toEqual({
    ...answer('c/c'),
    passedOver: [
      { model: 'a/a', why: 'a/a: Not found.' },
      { model: 'b/b', why: 'b/b: Overloaded.' },
    ],
  })
})

test('an answer at once is as it was given', async () => {
  expect(await ask(model('a/a', answer('a/a')), model('b/b', busy))).toEqual(answer('a/a'))
})

test('a refusal is put to the next model, and what it cost is not forgotten', async () => {
  const usage = { inputTokens: 5, outputTokens: 1 }
  const refused = answer('a/a', { stopReason: 'refusal', refusal: 'SAFETY', usage, costUsd: 0.5 })
  const got = await ask(model('a/a', refused), model('b/b', answer('b/b')))
  expect(got.passedOver).toEqual([{ model: 'a/a', why: 'It refused (SAFETY).', usage, costUsd: 0.5 }])
})

test('where all refuse or fail the refusal is the answer', async () => {
  const refused = answer('a/a', { stopReason: 'refusal' })
  const got = await ask(model('a/a', refused), model('b/b', busy))
  expect(got).toEqual({ ...refused, passedOver: [{ model: 'b/b', why: 'b/b: Overloaded.' }] })
})

test('a refusal that is the answer counts once, whatever its provider calls the model', async () => {
  const refused = answer('a/a-2026-01-01', { stopReason: 'refusal', costUsd: 0.5 })
  const again = answer('a/a', { stopReason: 'refusal', costUsd: 0.25 })
  const got = await ask(model('a/a', refused), model('a/a', again))
  expect(got).toEqual({ ...refused, passedOver: [{ model: 'a/a', why: 'It refused (refusal).', costUsd: 0.25 }] })
})

test('a conversation that is too long for one model is not held up by another that is busy', async () => {
  const tooLong = new ModelError('a/a: Too long.', { retryable: false, isTooLong: true })
  const error = await errorOf(ask(model('a/a', tooLong), model('b/b', busy)))
  expect(error).toMatchObject({ isTooLong: true, retryable: false })
})

test('where none answers the failure may pass if one of them may', async () => {
  expect(await errorOf(ask(model('a/a', gone), model('b/b', busy)))).toMatchObject({
    message: 'No model answered. a/a: Not found. b/b: Overloaded.',
    retryable: true,
    isDeferred: false,
  })
  expect(await errorOf(ask(model('a/a', gone), model('b/b', gone)))).toMatchObject({ retryable: false })
})

test('where all that may answer want to be left alone the call is put off until the first of them', async () => {
  const error = await errorOf(ask(model('a/a', gone), model('b/b', deferred(9000)), model('c/c', deferred(4000))))
  expect(error).toMatchObject({ retryable: true, isDeferred: true, retryAfterMs: 4000 })
  const mixed = await errorOf(ask(model('b/b', busy), model('c/c', deferred(4000))))
  expect(mixed).toMatchObject({ retryable: true, isDeferred: false })
  expect(mixed.retryAfterMs).toBeUndefined()
})

test('nobody else is asked once the call is aborted', async () => {
  const abort = new AbortController()
  asked = []
  const reason = new Error('cancelled')
  const cancelled: Model = {
    id: 'a/a',
    generate: () => {
      abort.abort(reason)
      return Promise.reject(reason)
    },
  }
  const models = withFallbacks([cancelled, model('b/b', answer('b/b'))])
  await expect(models.generate(request, { signal: abort.signal })).rejects.toBe(reason)
  expect(asked).toEqual([])
})
