import type { FailureMarks, Message, ModelAnswer, SamplingOptions } from '@longhaul/task'

/** One call of a model: the whole conversation, and what sampling/createMessage says about the answer wanted. */
export interface ModelRequest extends SamplingOptions {
  readonly messages: readonly Message[]
}

/** More of what a model says or thinks, while its turn is not complete. */
export interface ModelDelta {
  /** As in the answer. */
  readonly model: string
  readonly kind: 'text' | 'thinking'
  readonly text: string
}

export interface CallOptions {
  readonly signal: AbortSignal
  /** Told what the model says as it says it; without it the turn comes as a whole. */
  readonly onDelta?: ((delta: ModelDelta) => void) | undefined
}

/** The most that a call can have. */
export interface MostTokens {
  readonly inputTokens: number
  readonly outputTokens: number
}

/**
 * A model that the worker itself calls. Resolves with one assistant turn.
 * @throws ModelError, or the reason of the signal where that was aborted
 */
export interface Model {
  /** What a result names as its model, for example `anthropic/claude-sonnet-4-5`. */
  readonly id: string
  /** Whose requests its provider counts, as a hash; absent where nobody counts. */
  readonly account?: string
  /** The most US dollars that a call can cost; undefined where the price is not known, absent where no prices are. */
  readonly mostUsd?: (tokens: MostTokens) => number | undefined
  generate(request: ModelRequest, options: CallOptions): Promise<ModelAnswer>
}

interface ModelErrorOptions {
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly isRateLimit?: boolean
  readonly isDeferred?: boolean
  readonly isTooLong?: boolean
}

/** A model call that failed. `retryable`: the same call may succeed later (overload, rate limit, network). */
export class ModelError extends Error implements FailureMarks {
  override readonly name = 'ModelError'
  readonly retryable: boolean
  /** What the provider asked for. */
  readonly retryAfterMs?: number
  /** The call was not made, since there were too many before it: whoever has the key should wait. */
  readonly isRateLimit: boolean

  /** The call is to be made later, and counts as none. */
  readonly isDeferred: boolean
  /** The conversation is longer than the model takes. */
  readonly isTooLong: boolean

  constructor(message: string, { retryable, retryAfterMs, isRateLimit, isDeferred, isTooLong }: ModelErrorOptions) {
    super(message)
    this.retryable = retryable
    this.isRateLimit = isRateLimit === true
    this.isDeferred = isDeferred === true
    this.isTooLong = isTooLong === true
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}
