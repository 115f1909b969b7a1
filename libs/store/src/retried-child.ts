import { isDeepStrictEqual } from 'node:util'
import { type TaskDraft, type TaskHead, type TaskStore, toRetried } from '@longhaul/task'

/**
 * A child that the retry of a task calls begins with what the child of that name did for the task that is retried, if
 * there was one.
 */
export async function withGoodRecords(draft: TaskDraft, store: TaskStore): Promise<TaskDraft> {
  const { retriedFrom, isFromStart: isOfUndone, ...head } = draft.head
  if (retriedFrom === undefined) return draft
  const [old, remains] = await Promise.all([store.readOutcome(retriedFrom), store.readRemains(retriedFrom)])
  if (!old || !('outcome' in old) || !remains || !isDeepStrictEqual(draft.args, remains.args)) return { ...draft, head }
  const { isFromStart, retried } = toRetried(old, remains, isOfUndone)
  const begun = isFromStart ? fromStart(draft.head) : { ...head, retriedFrom, origin: old.head.origin ?? old.id }
  return { ...draft, head: begun, ...(retried && { retried }) }
}

/** Under new idempotency keys: of its own, or where all above begins from the start, too, of its first attempt there. */
function fromStart({ origin, ...head }: TaskHead): TaskHead {
  return { ...head, ...(head.isFromStart && origin && { origin }), isFromStart: true }
}
