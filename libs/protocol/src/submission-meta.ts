import { z } from 'zod'
import { describeFaults } from './faults.ts'
import { RPC, RpcError } from './json-rpc.ts'
import { ONE_START, SUBMISSION_SHAPE, type SubmissionOptions, toSubmissionOptions } from './submission.ts'

/** Of the members of `_meta` of tools/call that are ours, in every era. */
const PREFIX = 'dev.longhaul/'
const SCHEMA = z
  .object({ idempotencyKey: z.string().min(1).optional(), ...SUBMISSION_SHAPE })
  .refine(ONE_START.isKept, ONE_START.fault)

export interface SubmissionMeta extends SubmissionOptions {
  readonly idempotencyKey?: string
}

/** @throws RpcError -32602 that names the member */
export function parseSubmissionMeta(meta: object = {}): SubmissionMeta {
  const ours = Object.entries(meta).filter(([name]) => name.startsWith(PREFIX))
  const parsed = SCHEMA.safeParse(Object.fromEntries(ours.map(([name, value]) => [name.slice(PREFIX.length), value])))
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => {
      const [name, ...rest] = issue.path
      return { ...issue, path: ['_meta', `${PREFIX}${String(name)}`, ...rest] }
    })
    throw new RpcError(RPC.invalidParams, `Invalid params of tools/call: ${describeFaults({ issues })}.`)
  }
  const { idempotencyKey, ...options } = parsed.data
  return { ...(idempotencyKey !== undefined && { idempotencyKey }), ...toSubmissionOptions(options) }
}
