import { type Context, pauseMs, StepError, toPolicy } from '@longhaul/runtime'
import type { Settings } from '@longhaul/task'
import type { Begin } from './begin.ts'
import type { Retry } from './workflow.ts'

export interface Attempts {
  /** Of the first attempt; the others follow from it. */
  readonly key: string
  /** Where it is not said, as the settings `retry…` say. */
  readonly retry?: Retry | undefined
  readonly settings: Settings
  readonly begin: Begin
}

/** Makes a call until it succeeds, as often as it may be made. Between two attempts nothing is held. @throws StepError */
export async function withRetry<T>(
  ctx: Context,
  { key, retry, settings, begin }: Attempts,
  call: (key: string) => Promise<T>,
): Promise<T> {
  const policy = toPolicy(retry, settings)
  for (let attempt = 1; ; attempt++) {
    const attemptKey = attempt === 1 ? key : `${key}:${attempt}`
    begin(attemptKey)
    try {
      return await call(attemptKey)
    } catch (error) {
      if (!(error instanceof StepError) || attempt >= policy.maxAttempts) throw error
      const pauseKey = `${key}:pause${attempt}`
      begin(pauseKey)
      const ms = pauseMs(policy, attempt, { message: error.message }, ctx.random())
      await ctx.sleep(ms, { key: pauseKey })
    }
  }
}
