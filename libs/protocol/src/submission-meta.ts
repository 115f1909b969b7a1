import { type Budget, MAX_PRIORITY } from '@longhaul/task'
import { z } from 'zod'
import { describeFaults } from './faults.ts'
import { RPC, RpcError } from './json-rpc.ts'

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

/** Members of `_meta` of tools/call, in every era; see docs/submitting.md. */
const SCHEMA = z
  .object({
    'dev.longhaul/idempotencyKey': z.string().min(1).optional(),
    'dev.longhaul/priority': z.int().min(0).max(MAX_PRIORITY).optional(),
    'dev.longhaul/startAfter': z.iso.datetime({ offset: true }).optional(),
    'dev.longhaul/delayMs': z.number().min(0).optional(),
    'dev.longhaul/timeoutMs': z.int().min(1).optional(),
    'dev.longhaul/budget': BUDGET.optional(),
  })
  .refine((meta) => meta['dev.longhaul/startAfter'] === undefined || meta['dev.longhaul/delayMs'] === undefined, {
    path: ['dev.longhaul/delayMs'],
    message: 'either this or dev.longhaul/startAfter, not both',
  })

/** What a call says of the task that it makes. */
export interface SubmissionMeta {
  readonly idempotencyKey?: string
  readonly priority?: number
  /** Unix ms. */
  readonly startAt?: number
  readonly timeoutMs?: number
  readonly budget?: Partial<Budget>
}

/** @throws RpcError -32602 that names the member */
export function parseSubmissionMeta(meta: object = {}): SubmissionMeta {
  const parsed = SCHEMA.safeParse(meta)
  if (!parsed.success) {
    const { issues } = parsed.error
    const faults = describeFaults({ issues: issues.map((issue) => ({ ...issue, path: ['_meta', ...issue.path] })) })
    throw new RpcError(RPC.invalidParams, `Invalid params of tools/call: ${faults}.`)
  }
  const {
    'dev.longhaul/idempotencyKey': idempotencyKey,
    'dev.longhaul/priority': priority,
    'dev.longhaul/startAfter': startAfter,
    'dev.longhaul/delayMs': delayMs,
    'dev.longhaul/timeoutMs': timeoutMs,
    'dev.longhaul/budget': budget,
  } = parsed.data
  const startAt = startAfter === undefined ? delayMs && Date.now() + delayMs : Date.parse(startAfter)
  return {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(priority !== undefined && { priority }),
    ...(startAt !== undefined && { startAt }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(budget && { budget: budget as Partial<Budget> }),
  }
}
