import { type CallOptions, type Context, pauseMs, StepError, toPolicy } from '@longhaul/runtime'
import type { Settings } from '@longhaul/task'
import type { Begin } from './begin.ts'
import type { Retry } from './workflow.ts'

export interface Attempts {
  /** Of the first attempt; the others follow from it. */
  readonly key: string
  /** Absent where one attempt is all. */
  readonly retry?: Partial<Retry>
  readonly settings: Settings
  readonly begin: Begin
}

/** Makes a call until it succeeds, as often as it may be made. Between two attempts nothing is held. @throws StepError */
export async function withRetry<T>(
  ctx: Context,
  { key, retry = { maxAttempts: 1 }, settings, begin }: Attempts,
  call: (attempt: Pick<CallOptions, 'key' | 'retryOf'>) => Promise<T>,
): Promise<T> {
  const policy = toPolicy(retry, settings)
  for (let attempt = 1; ; attempt++) {
    const one = attempt === 1 ? { key } : { key: `${key}:${attempt}`, retryOf: key }
    begin(one.key)
    try {
      return await call(one)
    } catch (error) {
      if (!(error instanceof StepError) || attempt >= policy.maxAttempts) throw error
      const pauseKey = `${key}:pause${attempt}`
      begin(pauseKey)
      const ms = pauseMs(policy, attempt, { message: error.message }, ctx.random())
      await ctx.sleep(ms, { key: pauseKey })
    }
  }
}
