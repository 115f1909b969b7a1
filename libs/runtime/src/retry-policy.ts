import type { Settings, StepFailure } from '@longhaul/task'

/** How a step that failed is tried again. The pause before attempt n + 1 is `backoffMs * factor ** (n - 1)`. */
export interface RetryPolicy {
  /** Attempts in all, the first included; 1 never tries again. */
  readonly maxAttempts: number
  /** Pause after the first attempt. */
  readonly backoffMs: number
  readonly factor: number
  /** Longest pause, unless the failure itself asks for a longer one. */
  readonly maxBackoffMs: number
  /** From 0 to 1: up to so much of each pause is left out, at random, so that many tasks do not come back at once. */
  readonly jitter: number
}

/** The policy of a step: what it declares, and the settings for the rest. @throws Error that says what cannot be */
export function toPolicy(declared: Partial<RetryPolicy> | undefined, settings: Settings): RetryPolicy {
  if (declared) return complete(declared, settings)
  const known = policies.get(settings) ?? complete({}, settings)
  policies.set(settings, known)
  return known
}

/** Most steps declare none. */
const policies = new WeakMap<Settings, RetryPolicy>()

function complete(declared: Partial<RetryPolicy>, settings: Settings): RetryPolicy {
  const policy = {
    maxAttempts: declared.maxAttempts ?? settings.retryMaxAttempts,
    backoffMs: declared.backoffMs ?? settings.retryBackoffMs,
    factor: declared.factor ?? settings.retryFactor,
    maxBackoffMs: declared.maxBackoffMs ?? settings.retryMaxBackoffMs,
    jitter: declared.jitter ?? settings.retryJitterPercent / 100,
  }
  check('maxAttempts', policy.maxAttempts, { least: 1, isWhole: true })
  check('backoffMs', policy.backoffMs, { least: 0 })
  check('factor', policy.factor, { least: 1 })
  check('maxBackoffMs', policy.maxBackoffMs, { least: 0 })
  check('jitter', policy.jitter, { least: 0, most: 1 })
  return policy
}

/** Who made the error decides; where they said nothing, whoever declared a policy wants it tried again. */
export const isRetried = ({ retryable }: StepFailure, isDeclared: boolean): boolean => retryable ?? isDeclared

/** Milliseconds until the attempt after attempt `attempt`, which failed so. `random` is at least 0, less than 1. */
export function pauseMs(policy: RetryPolicy, attempt: number, failure?: StepFailure, random = Math.random()): number {
  const { backoffMs, factor, maxBackoffMs, jitter } = policy
  const pause = Math.min(backoffMs * factor ** (attempt - 1), maxBackoffMs) * (1 - jitter * random)
  return Math.ceil(Math.max(pause, failure?.retryAfterMs ?? 0))
}

interface Range {
  readonly least: number
  readonly most?: number
  readonly isWhole?: boolean
}

function check(name: string, value: number, { least, most, isWhole = false }: Range): void {
  const fits = Number.isFinite(value) && value >= least && (most === undefined || value <= most)
  if (fits && (!isWhole || Number.isInteger(value))) return
  const kind = isWhole ? 'whole number' : 'number'
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`
  throw new Error(`retry.${name} is ${value}; it must be a ${kind} ${range}.`)
}
