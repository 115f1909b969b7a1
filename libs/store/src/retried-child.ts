import { isDeepStrictEqual } from 'node:util'
import { isUndone, type TaskDraft, type TaskStore, toRetried } from '@longhaul/task'
import { findCallKeys, keysOf, withKeys } from './call-keys.ts'

/**
 * A child that the retry of a task calls begins with what the child of that name did for the task that is retried, if
 * there was one. Where another task has undone what was done under its idempotency keys, nothing of that is good.
 */
export async function withGoodRecords(draft: TaskDraft, store: TaskStore): Promise<TaskDraft> {
  const { keys, undone } = await findCallKeys(draft, store)
  const { retriedFrom, isFromStart: isOfUndone, ...anew } = withKeys(draft, keys)
  if (retriedFrom === undefined) return { ...draft, head: anew }
  const [old, remains] = await Promise.all([store.readOutcome(retriedFrom), store.readRemains(retriedFrom)])
  const isKept = old && 'outcome' in old && remains && isDeepStrictEqual(draft.args, remains.args)
  if (!isKept || (undone.has(keysOf(old)) && !isUndone(old, remains))) return { ...draft, head: anew }
  const { isFromStart, retried } = toRetried(old, remains, isOfUndone)
  const { isFromStart: _, ...goingOn } = withKeys(draft, keysOf(old))
  const head = isFromStart ? { ...anew, retriedFrom, isFromStart } : goingOn
  return { ...draft, head, ...(retried && { retried }) }
}
