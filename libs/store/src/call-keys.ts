import { isUndone, rootOf, type Task, type TaskDraft, type TaskHead, type TaskStore } from '@longhaul/task'

/** The task whose id idempotency keys of its steps begin with. */
export const keysOf = ({ id, head }: Pick<Task, 'id' | 'head'>): string => head.origin ?? id

/** What is known of the tasks that were made for a call before it is made again. */
export interface CallKeys {
  /** Whose idempotency keys the task has that is made for it now. */
  readonly keys: string
  /** Those under which something was undone: receivers would take what is done under them for done. */
  readonly undone: ReadonlySet<string>
}

/**
 * A call that is made again has the idempotency keys of the first, and so has what it calls, since what that had begun may
 * have taken effect. Where a task that had them was undone, the next one has keys of its own (`insteadOf`), and all that
 * come after it have those, as long as nothing is undone that was done under them, either.
 */
export async function findCallKeys({ id, head }: TaskDraft, store: TaskStore): Promise<CallKeys> {
  const undone = new Set<string>()
  const { origin: first } = head
  if (first === undefined) return { keys: id, undone }
  const begun = await store.read(first)
  if (!canBeUndone(head) && !(begun && canBeUndone(begun.head))) return { keys: begun ? keysOf(begun) : first, undone }
  const before = await readBefore({ id, head }, store)
  await Promise.all(
    before.map(async (task) => {
      if (await wasUndone(task, store)) undone.add(keysOf(task))
    }),
  )
  const inUse = before.findLast((task) => !undone.has(keysOf(task)))
  return { keys: inUse ? keysOf(inUse) : before.length > 0 ? id : first, undone }
}

/** @param keys the task whose id idempotency keys of its steps are to begin with */
export function withKeys(
  { id, head: { origin: first = id, insteadOf, ...head } }: Pick<TaskDraft, 'id' | 'head'>,
  keys: string,
): TaskHead {
  return { ...head, ...(keys !== id && { origin: keys }), ...(keys !== first && { insteadOf: first }) }
}

const canBeUndone = ({ undoable, effectsStay }: TaskHead): boolean => undoable === true && !effectsStay

/** Tasks that were made for the same call, in this tree and in those that were retried until it came; oldest first. */
async function readBefore(draft: Pick<TaskDraft, 'id' | 'head'>, store: TaskStore): Promise<readonly Task[]> {
  const roots = await readRoots(rootOf(draft), store)
  const trees = await Promise.all(roots.map((root) => store.readBelow(root)))
  return trees.flat().filter((task) => (task.head.insteadOf ?? keysOf(task)) === draft.head.origin)
}

async function readRoots(root: string, store: TaskStore): Promise<readonly string[]> {
  const { retriedFrom } = (await store.read(root))?.head ?? {}
  const retried = retriedFrom === undefined ? undefined : await store.read(retriedFrom)
  return retried ? [...(await readRoots(rootOf(retried), store)), root] : [root]
}

async function wasUndone({ id }: Task, store: TaskStore): Promise<boolean> {
  const [old, remains] = await Promise.all([store.readOutcome(id), store.readRemains(id)])
  return old !== undefined && 'outcome' in old && remains !== undefined && isUndone(old, remains)
}
