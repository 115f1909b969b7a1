import { isDeepStrictEqual } from 'node:util'
import { isUndone, rootOf, type TaskDraft, type TaskHead, type TaskStore, toRetried } from '@longhaul/task'

/**
 * A child that the retry of a task calls begins with what the child of that name did for the task that is retried, if
 * there was one.
 */
export async function withGoodRecords(draft: TaskDraft, store: TaskStore): Promise<TaskDraft> {
  const { retriedFrom, isFromStart: isOfUndone, ...head } = draft.head
  if (retriedFrom === undefined) return withOwnKeys(draft, store)
  const [old, remains] = await Promise.all([store.readOutcome(retriedFrom), store.readRemains(retriedFrom)])
  if (!old || !('outcome' in old) || !remains || !isDeepStrictEqual(draft.args, remains.args))
    return withOwnKeys({ ...draft, head }, store)
  const { isFromStart, retried } = toRetried(old, remains, isOfUndone)
  const begun = isFromStart ? fromStart(draft.head) : { ...head, retriedFrom, origin: old.head.origin ?? old.id }
  return { ...draft, head: begun, ...(retried && { retried }) }
}

/**
 * A call that is made again has the idempotency keys of the first, and so has what it calls. Where a task that had them was
 * undone, receivers would take what is done under them for done.
 */
async function withOwnKeys(draft: TaskDraft, store: TaskStore): Promise<TaskDraft> {
  const { origin, ...head } = draft.head
  if (origin === undefined) return draft
  // In the tree of the draft, and in that of a task which was retried.
  const first = await store.read(origin)
  const roots = new Set([rootOf(draft), ...(first ? [rootOf(first)] : [])])
  const trees = await Promise.all([...roots].map((root) => store.readBelow(root)))
  const before = trees.flat().filter((task) => (task.head.origin ?? task.id) === origin)
  const areUndone = await Promise.all(
    before.map(async ({ id }) => {
      const [old, remains] = await Promise.all([store.readOutcome(id), store.readRemains(id)])
      return old !== undefined && 'outcome' in old && remains !== undefined && isUndone(old, remains)
    }),
  )
  return areUndone.includes(true) ? { ...draft, head } : draft
}

/** Under new idempotency keys: of its own, or where all above begins from the start, too, of its first attempt there. */
function fromStart({ origin, ...head }: TaskHead): TaskHead {
  return { ...head, ...(head.isFromStart && origin && { origin }), isFromStart: true }
}
