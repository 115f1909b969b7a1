import { createHash } from 'node:crypto'
import type { ModelAnswer, Pauses, Settings } from '@longhaul/task'
import { type CallOptions, type Model, ModelError, type ModelRequest } from './model.ts'

export interface PausingOptions {
  readonly pauses: Pauses
  readonly settings: Pick<Settings, 'rateLimitPauseMs' | 'rateLimitScope' | 'retryJitterPercent'>
}

/**
 * The model, which nobody asks while its provider wants to be left alone: who has too many requests, or says how long
 * not to come back, pauses the account for all workers. Calls meanwhile are not made, and are put off.
 */
export function withPauses(model: Model, { pauses, settings }: PausingOptions): Model {
  if (model.account === undefined) return model
  const account = settings.rateLimitScope === 'key' ? model.account : hash(model.account, model.id)
  /** A little later each time, so that not all come back at once. */
  const spread = (ms: number) => Math.ceil(ms * (1 + Math.random() * (settings.retryJitterPercent / 100)))

  async function generate(request: ModelRequest, options: CallOptions): Promise<ModelAnswer> {
    const pausedMs = await pauses.remainingMs(account)
    options.signal.throwIfAborted()
    if (pausedMs > 0) {
      const message = `${model.id}: The provider takes no requests for the next ${Math.ceil(pausedMs / 1000)} s.`
      throw new ModelError(message, { retryable: true, isDeferred: true, retryAfterMs: spread(pausedMs) })
    }
    try {
      return await model.generate(request, options)
    } catch (error) {
      if (!(error instanceof ModelError)) throw error
      const { message, retryable, isRateLimit, retryAfterMs } = error
      const pauseMs = retryAfterMs ?? (isRateLimit ? settings.rateLimitPauseMs : 0)
      if (pauseMs === 0) throw error
      await pauses.pause(account, pauseMs)
      throw new ModelError(message, { retryable, isRateLimit, isDeferred: isRateLimit, retryAfterMs: spread(pauseMs) })
    }
  }
  return { id: model.id, account, generate }
}

const hash = (account: string, id: string): string =>
  createHash('sha256').update(`${account}\n${id}`).digest('base64url').slice(0, 22)
