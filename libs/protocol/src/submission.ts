import { type Budget, MAX_PRIORITY } from '@longhaul/task'
import { z } from 'zod'

const BUDGET = z
  .strictObject({
    tokens: z.int().min(0),
    costUsd: z.number().min(0),
    turns: z.int().min(0),
    toolCalls: z.int().min(0),
    wallTimeMs: z.int().min(0),
    atLimit: z.enum(['ask', 'end']),
  })
  .partial()

/** What may be said of a task that is to be made, in whichever protocol; see docs/submitting.md. */
export const SUBMISSION_SHAPE = {
  priority: z.int().min(0).max(MAX_PRIORITY).optional().describe(`From 0, first, to ${MAX_PRIORITY}, last.`),
  startAfter: z.iso.datetime({ offset: true }).optional().describe('It starts then, at the earliest.'),
  delayMs: z.number().min(0).optional().describe('It starts this many milliseconds from now, at the earliest.'),
  timeoutMs: z
    .int()
    .min(1)
    .optional()
    .describe('Most milliseconds that it may take; time in which it waits for people does not count.'),
  budget: BUDGET.optional().describe('What it may spend, with all tasks below it.'),
}

type Given = z.infer<z.ZodObject<typeof SUBMISSION_SHAPE>>

/** Two ways to say one thing. */
export const ONE_START = {
  isKept: ({ startAfter, delayMs }: Given): boolean => startAfter === undefined || delayMs === undefined,
  fault: { path: ['delayMs'], message: 'either this or startAfter, not both' },
}

/** What a call says of the task that it makes. */
export interface SubmissionOptions {
  readonly priority?: number
  /** Unix ms. */
  readonly startAt?: number
  readonly timeoutMs?: number
  readonly budget?: Partial<Budget>
}

/** As the engine takes it. */
export function toSubmissionOptions({ priority, startAfter, delayMs, timeoutMs, budget }: Given): SubmissionOptions {
  const startAt = startAfter === undefined ? delayMs && Date.now() + delayMs : Date.parse(startAfter)
  return {
    ...(priority !== undefined && { priority }),
    ...(startAt !== undefined && { startAt }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(budget && { budget: budget as Partial<Budget> }),
  }
}
