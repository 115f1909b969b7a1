import { isDeepStrictEqual } from 'node:util'
import { isUndone, type TaskDraft, type TaskStore, toRetried } from '@longhaul/task'

/**
 * A child that the retry of a task calls begins with what the child of that name did for the task that is retried, if
 * there was one.
 */
export async function withGoodRecords(draft: TaskDraft, store: TaskStore): Promise<TaskDraft> {
  const { retriedFrom, ...head } = draft.head
  if (retriedFrom === undefined) return draft
  const [old, remains] = await Promise.all([store.readOutcome(retriedFrom), store.readRemains(retriedFrom)])
  if (!old || !('outcome' in old) || !remains || !isDeepStrictEqual(draft.args, remains.args)) return { ...draft, head }
  const retried = toRetried(old, remains)
  const begun = { ...draft, ...(retried && { retried }) }
  if (isUndone(old)) {
    // It begins from the start, under new idempotency keys, with what nothing has undone in doubt.
    const { origin: _, ...fresh } = head
    return { ...begun, head: fresh }
  }
  return begun
}
