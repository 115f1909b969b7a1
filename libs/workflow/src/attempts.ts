import { type Context, pauseMs, StepError, toPolicy } from '@longhaul/runtime'
import type { Settings } from '@longhaul/task'
import type { Retry } from './workflow.ts'

export interface Attempts {
  /** Of the first attempt; the others follow from it. */
  readonly key: string
  readonly retry: Retry
  readonly settings: Settings
}

/** Makes a call until it succeeds, as often as it may be made. Between two attempts nothing is held. @throws StepError */
export async function withRetry<T>(
  ctx: Context,
  { key, retry, settings }: Attempts,
  call: (key: string) => Promise<T>,
): Promise<T> {
  const policy = toPolicy(retry, settings)
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt === 1 ? key : `${key}:${attempt}`)
    } catch (error) {
      if (!(error instanceof StepError) || attempt >= policy.maxAttempts) throw error
      const ms = pauseMs(policy, attempt, { message: error.message }, ctx.random())
      await ctx.sleep(ms, { key: `${key}:pause${attempt}` })
    }
  }
}
