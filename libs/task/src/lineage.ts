import { createHash } from 'node:crypto'
import type { Account } from './budget.ts'
import type { Task, TaskHead } from './task.ts'
import { partitionOf } from './task-id.ts'

/** Where a task stands that another task called. */
export interface Lineage {
  /** The tasks above it: the root of the tree first, its parent last. */
  readonly ancestors: readonly string[]
  /** The step of its parent that waits for it, and the hash of what that was asked to do. */
  readonly step: { readonly key: string; readonly input: string }
  /** The parent's task queue. */
  readonly queue: string
  /** The budgets of tasks above it, that of the root first; absent where none has one. */
  readonly accounts?: readonly Account[]
}

/**
 * The id of the child that a step calls. It follows from the two, so that whoever makes it again makes no second one;
 * and nobody can guess it who does not know the parent's.
 */
export const childTaskId = (parentId: string, stepKey: string): string =>
  partitionOf(parentId) + createHash('sha256').update(`${parentId}/${stepKey}`).digest('base64url').slice(0, 22)

/** The id of the task that undoes what one had done that was ended from outside. */
export const undoTaskId = (taskId: string): string => childTaskId(taskId, '!undo')

type Placed = Pick<Task, 'id'> & { readonly head: Pick<TaskHead, 'lineage'> }

/** The task that called it, if one did. */
export const parentOf = ({ head }: Placed): string | undefined => head.lineage?.ancestors.at(-1)

/** The task that a client submitted: the root of the tree that a task is in. */
export const rootOf = ({ id, head }: Placed): string => head.lineage?.ancestors[0] ?? id

/** Key under which a question of a task below is shown by those above it. */
export const relayedKey = (asker: string, key: string): string => `${asker}/${key}`
