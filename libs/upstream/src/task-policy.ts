import type { InDoubt } from '@longhaul/task'
import * as z from 'zod'
import type { EntryReader } from './entry-reader.ts'

/** How the tasks of exposed tools are run. What is left out is as for every step. */
export interface TaskPolicy {
  /** When and how often a call that failed is made again; without it only where the failure says that it may be. */
  readonly retry?: {
    readonly [part in 'maxAttempts' | 'backoffMs' | 'factor' | 'maxBackoffMs' | 'jitter']?: number
  }
  /** Most milliseconds of a task, waiting for people not counted; 0 for any. */
  readonly timeoutMs?: number
  /** What becomes of a call whose outcome nobody knows; without it the annotations of a trusted server say. */
  readonly inDoubt?: InDoubt
}

const policy = z.strictObject({
  retry: z
    .strictObject({
      maxAttempts: z.int().min(1),
      backoffMs: z.number().min(0),
      factor: z.number().min(1),
      maxBackoffMs: z.number().min(0),
      jitter: z.number().min(0).max(1),
    })
    .partial()
    .optional(),
  timeoutMs: z.int().min(0).optional(),
  inDoubt: z.enum(['repeat', 'ask', 'fail']).optional(),
})

/** What an entry says in `tasks`. A mistake is noted, and costs the server. */
export function readTaskPolicy(entry: EntryReader): TaskPolicy {
  const parsed = policy.safeParse(entry.json('tasks') ?? {})
  if (parsed.success) return JSON.parse(JSON.stringify(parsed.data)) as TaskPolicy
  for (const { path, message } of parsed.error.issues)
    entry.fault(entry.at('tasks'), `"${['tasks', ...path].join('.')}" cannot be used: ${message}`)
  return {}
}
