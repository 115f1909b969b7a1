import { isDeepStrictEqual } from 'node:util'
import { goodRecords, isUndone, type TaskDraft, type TaskStore } from '@longhaul/task'

/**
 * A child that the retry of a task calls begins with what the child of that name did for the task that is retried, if
 * there was one.
 */
export async function withGoodRecords(draft: TaskDraft, store: TaskStore): Promise<TaskDraft> {
  const { retriedFrom, ...head } = draft.head
  if (retriedFrom === undefined) return draft
  const [old, remains] = await Promise.all([store.readOutcome(retriedFrom), store.readRemains(retriedFrom)])
  if (!old || !('outcome' in old) || !remains || !isDeepStrictEqual(draft.args, remains.args)) return { ...draft, head }
  if (isUndone(old)) {
    // It begins from the start, under new idempotency keys.
    const { origin: _, ...fresh } = head
    return { ...draft, head: fresh }
  }
  const { journal, isBroken } = remains
  return { ...draft, retried: { journal: goodRecords(journal, { outcome: old.outcome, isBroken }), isBroken } }
}
