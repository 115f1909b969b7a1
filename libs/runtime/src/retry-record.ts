import type { Json, StepFailure } from '@longhaul/task'
import { z } from 'zod'

/** Attempts of a step that were not made, since nobody would have taken them. */
export interface Deferrals {
  readonly count: number
  /** Unix ms of the first of those in a row; absent when the last attempt was made. */
  readonly since?: number | undefined
}

export const NO_DEFERRALS: Deferrals = { count: 0 }

/** Longest part of a failure's message that is kept of an attempt that is made again. */
const WHY_CHARACTERS = 500

const record = z.object({ deferrals: z.object({ count: z.int(), since: z.int().optional() }) })

/** What the record of a pause says: which attempt failed, and why. */
export function toRetryRecord(attempt: number, { message, code }: StepFailure, deferrals: Deferrals): Json {
  return {
    attempt,
    message: message.slice(0, WHY_CHARACTERS),
    ...(code !== undefined && { code }),
    ...(deferrals.count > 0 && { deferrals: { ...deferrals } }),
  }
}

export function readDeferrals(value: unknown): Deferrals {
  const read = record.safeParse(value)
  return read.success ? read.data.deferrals : NO_DEFERRALS
}
