import { hashOwner } from './owner-hash.ts'
import type { Owner } from './principal.ts'
import { randomId } from './random-id.ts'

/** Every task of one owner is in one partition, so that what concerns several of them is one atomic script. */
export const PARTITIONS = 256

/** Two lowercase hex digits. */
export type Partition = string

export const partitionOfOwner = (owner: Owner): Partition => hashOwner(owner).partition

export const allPartitions = (): Partition[] =>
  Array.from({ length: PARTITIONS }, (_, number) => number.toString(16).padStart(2, '0'))

/**
 * A new id: the partition, then 132 random bits in base64url. Unguessable, and visible ASCII without dots, so that
 * it travels in headers and in JSON-RPC ids as it is.
 */
export const newTaskId = (owner: Owner): string => partitionOfOwner(owner) + randomId(17).slice(0, 22)

const TASK_ID = /^[0-9a-f]{2}[\w-]{22}$/

/** Whether the text can be a task id at all; anything else is answered like an unknown id without asking the store. */
export const isTaskId = (candidate: string): boolean => TASK_ID.test(candidate)

export const partitionOf = (taskId: string): Partition => taskId.slice(0, 2)
