import type { Budget } from '@longhaul/task'
import { z } from 'zod'
import { parseDuration } from './parse-duration.ts'

/** A shorter time is surely a slip of the unit. */
const LEAST_WALL_TIME_MS = 1000

const count = z.int().min(0)
const wallTime = z.preprocess(
  (value) => (value === undefined ? undefined : parseDuration(value)),
  z.int().min(LEAST_WALL_TIME_MS),
)

/** What a file says of a budget. */
export const BUDGET_FORMAT = z
  .strictObject({
    tokens: count,
    costUsd: z.number().min(0),
    turns: count,
    toolCalls: count,
    wallTime,
    atLimit: z.enum(['ask', 'end']),
  })
  .partial()
  // What is wrong with a part of it says enough.
  .refine(({ atLimit: _, ...limits }) => Object.keys(limits).length > 0, { when: ({ issues }) => issues.length === 0 })
  .transform(
    ({ wallTime: wallTimeMs, atLimit = 'ask', ...limits }): Budget => ({
      ...limits,
      ...(wallTimeMs !== undefined && { wallTimeMs }),
      atLimit,
    }),
  )

/** How to write it: the end of "write …". */
export const HOW_TO_WRITE_BUDGET =
  'at least one of tokens, costUsd, turns, toolCalls and wallTime, as { costUsd: 0.5, wallTime: 30m }; atLimit: ask or end says what happens then'
