import type { FailureMarks, Message, ModelAnswer, SamplingOptions } from '@longhaul/task'

/** One call of a model: the whole conversation, and what sampling/createMessage says about the answer wanted. */
export interface ModelRequest extends SamplingOptions {
  readonly messages: readonly Message[]
}

export interface CallOptions {
  readonly signal: AbortSignal
}

/**
 * A model that the worker itself calls. Resolves with one assistant turn.
 * @throws ModelError, or the reason of the signal where that was aborted
 */
export interface Model {
  /** What a result names as its model, for example `anthropic/claude-sonnet-4-5`. */
  readonly id: string
  generate(request: ModelRequest, options: CallOptions): Promise<ModelAnswer>
}

/** A model call that failed. `retryable`: the same call may succeed later (overload, rate limit, network). */
export class ModelError extends Error implements FailureMarks {
  readonly retryable: boolean
  /** What the provider asked for. */
  readonly retryAfterMs?: number
  constructor(
    message: string,
    options: ErrorOptions & { readonly retryable: boolean; readonly retryAfterMs?: number },
  ) {
    super(message, options)
    this.name = 'ModelError'
    this.retryable = options.retryable
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }
}
