import type { ModelAnswer, PassedOver } from '@longhaul/task'
import { type CallOptions, type Model, ModelError, type ModelRequest } from './model.ts'

/**
 * Several models as one: each is asked when those before it gave no answer, because they failed or refused.
 * @throws ModelError when none answers; it may pass where one of the failures may
 */
export function withFallbacks(models: readonly [Model, ...Model[]]): Model {
  const [first, ...others] = models
  if (others.length === 0) return first

  async function generate(request: ModelRequest, options: CallOptions): Promise<ModelAnswer> {
    const passedOver: PassedOver[] = []
    const failures: ModelError[] = []
    let refused: { readonly answer: ModelAnswer; readonly place: number } | undefined
    for (const model of models) {
      try {
        const answer = await model.generate(request, options)
        if (answer.stopReason !== 'refusal') return { ...answer, ...(passedOver.length > 0 && { passedOver }) }
        refused ??= { answer, place: passedOver.length }
        const { usage, costUsd, refusal = 'refusal' } = answer
        const spent = { ...(usage && { usage }), ...(costUsd !== undefined && { costUsd }) }
        passedOver.push({ model: model.id, why: `It refused (${refusal}).`, ...spent })
      } catch (error) {
        options.signal.throwIfAborted()
        if (!(error instanceof ModelError)) throw error
        failures.push(error)
        passedOver.push({ model: model.id, why: error.message })
      }
    }
    // Who refused has heard the question; to ask again later is of no use.
    if (refused) return { ...refused.answer, passedOver: passedOver.toSpliced(refused.place, 1) }
    throw summarize(failures)
  }
  return { id: first.id, generate }
}

function summarize(failures: readonly ModelError[]): ModelError {
  const passing = failures.filter(({ retryable }) => retryable)
  const waits = passing.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  const isDeferred = passing.length > 0 && passing.every((failure) => failure.isDeferred)
  const message = `No model answered. ${failures.map((failure) => failure.message).join(' ')}`
  // With a shorter conversation that model answers now; nobody need wait for the others.
  if (failures.some(({ isTooLong }) => isTooLong)) return new ModelError(message, { retryable: false, isTooLong: true })
  return new ModelError(message, {
    retryable: passing.length > 0,
    // The first that takes requests again will do.
    ...(waits.length === passing.length && waits.length > 0 && { retryAfterMs: Math.min(...waits) }),
    isDeferred,
  })
}
