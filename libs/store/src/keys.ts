import { createHash } from 'node:crypto'
import { hashOwner, type Owner, type Partition, partitionOf, partitionOfOwner } from '@longhaul/task'

/** A key that this package writes, and what ends it. */
export interface KeyRule {
  /** With the named group `task` where the key lives and dies with one task. */
  readonly pattern: RegExp
  readonly ends: string
  /** The store itself removes it: it always has a time to live. */
  readonly expires?: true
}

/**
 * Every key that this package writes. The hash tag `{lh:NN}` keeps all keys of a partition on one node of a Redis
 * Cluster, so that one script can touch several of them.
 */
export const KEY_RULES: readonly KeyRule[] = [
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:task:(?<task>[\w-]{24})$/,
    ends: 'settle.lua, when the finished task is due for removal',
  },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:(journal|values|below|budget|spent):(?<task>[\w-]{24})$/,
    ends: 'settle.lua, with its task',
  },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:waits:(?<task>[\w-]{24})$/,
    ends: 'when the task ends, or the last wait is resolved',
  },
  { pattern: /^\{lh:[0-9a-f]{2}\}:delivery:(?<task>[\w-]{24})$/, ends: 'when the task ends' },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:daily:[\w-]{22}$/,
    ends: 'three days after the last reservation of a task of the owner',
    expires: true,
  },
  { pattern: /^\{lh:[0-9a-f]{2}\}:owner:[\w-]{22}$/, ends: 'settle.lua, when the last task of the owner is removed' },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:submissions:[\w-]{22}$/,
    ends: 'settle.lua, when the last task of the owner that has an idempotency key is removed',
  },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:pins$/,
    ends: 'settle.lua, when the last task of the partition that has a pinned definition is removed',
  },
  { pattern: /^\{lh:[0-9a-f]{2}\}:open$/, ends: 'when the last open task of the partition ends' },
  { pattern: /^\{lh:[0-9a-f]{2}\}:due$/, ends: 'settle.lua, when the last task of the partition is removed' },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:dead$/,
    ends: 'settle.lua, when the last task of the partition that its workers died of is removed',
  },
  {
    pattern: /^\{lh:[0-9a-f]{2}\}:asking$/,
    ends: 'settle.lua, when the last task of the partition is removed that has asked people something; strike.lua, when somebody looks',
  },
  { pattern: /^\{lh:[0-9a-f]{2}\}:events$/, ends: 'never; capped at `eventsPerPartition`' },
  { pattern: /^lh:session:[\w-]+$/, ends: '`sessionTtlMs` after the last request', expires: true },
  {
    pattern: /^lh:sessions:[\w-]{22}$/,
    ends: 'two `sessionTtlMs` after a session of the owner was opened or used last, or half of one earlier',
    expires: true,
  },
  {
    pattern: /^lh:session:[\w-]+:subscriptions$/,
    ends: 'with its session, or `sessionTtlMs` after its last stream',
    expires: true,
  },
  {
    pattern: /^lh:session:[\w-]+:hosted$/,
    ends: 'with its session, or `sessionTtlMs` after its last stream',
    expires: true,
  },
  {
    pattern: /^lh:session:[\w-]+:withdrawn$/,
    ends: 'with its session, or `sessionTtlMs` after its client has cancelled a request last',
    expires: true,
  },
  {
    pattern: /^lh:session:[\w-]+:left:.+$/s,
    ends: '`sessionTtlMs` after the stream of the request broke off',
    expires: true,
  },
  {
    pattern: /^\{lh:catalog\}:(entries|seen|since)$/,
    ends: '`catalogGraceMs` after the last worker was heard of; what is in it, as long after its own last worker',
    expires: true,
  },
  { pattern: /^(lh|\{lh:[0-9a-f]{2}\}):past$/, ends: 'never; one, or one for each partition of a cluster' },
  {
    pattern: /^(lh|\{lh:[0-9a-f]{2}\}):alive$/,
    ends: 'when the last process has left; who is silent for a minute is forgotten',
  },
  { pattern: /^lh:worker:[\w-]+$/, ends: 'three heartbeats after the last one', expires: true },
  { pattern: /^lh:workers$/, ends: 'three heartbeats after the last one of all workers', expires: true },
  { pattern: /^lh:pause:[\w-]+$/, ends: 'when the provider takes requests again', expires: true },
  { pattern: /^lh:(secret|schema)$/, ends: 'never; one of it' },
  { pattern: /^lh:open$/, ends: 'a minute after the last sweeper counted', expires: true },
  { pattern: /^lh:sweeper$/, ends: 'some sweeps after the last one', expires: true },
]

/** The keys of one task, each made when it is asked for: most commands need one or two. */
export class TaskKeys {
  readonly #taskId: string
  readonly #tag: string

  constructor(taskId: string) {
    this.#taskId = taskId
    this.#tag = `{lh:${partitionOf(taskId)}}`
  }

  /** Also the channel on which the task's events are published. */
  get record(): string {
    return `${this.#tag}:task:${this.#taskId}`
  }

  get journal(): string {
    return `${this.#tag}:journal:${this.#taskId}`
  }

  /** Hash of the values that are too large for the journal, by their own hashes. */
  get values(): string {
    return `${this.#tag}:values:${this.#taskId}`
  }

  get waits(): string {
    return `${this.#tag}:waits:${this.#taskId}`
  }

  /** Set of the ids of all tasks below it, where it is the root of a tree. */
  get below(): string {
    return `${this.#tag}:below:${this.#taskId}`
  }

  /** Hash of what is used and held of its budget. */
  get budget(): string {
    return `${this.#tag}:budget:${this.#taskId}`
  }

  /** List of all reservations in its budget, in order, and what became of them. */
  get spent(): string {
    return `${this.#tag}:spent:${this.#taskId}`
  }

  get delivery(): string {
    return `${this.#tag}:delivery:${this.#taskId}`
  }

  get due(): string {
    return `${this.#tag}:due`
  }

  get asking(): string {
    return `${this.#tag}:asking`
  }

  get dead(): string {
    return `${this.#tag}:dead`
  }

  get open(): string {
    return `${this.#tag}:open`
  }

  /** Hash of the definitions that tasks of the partition go on with, by content hash, and of how many each has. */
  get pins(): string {
    return `${this.#tag}:pins`
  }

  get events(): string {
    return `${this.#tag}:events`
  }
}

export const taskKeys = (taskId: string): TaskKeys => new TaskKeys(taskId)

export const deadKey = (partition: Partition): string => `{lh:${partition}}:dead`

/** Sorted set of the submitted tasks that ask people something, and of some that did, by when they did last. */
export const askingKey = (partition: Partition): string => `{lh:${partition}}:asking`

export const dueKey = (partition: Partition): string => `{lh:${partition}}:due`

/** Hash of how many open tasks the owners in the partition have. */
export const openKey = (partition: Partition): string => `{lh:${partition}}:open`

/** An owner in names of keys and fields: hashed, since who it is may be long or personal. */
export const ownerTag = (owner: Owner): string => hashOwner(owner).tag

/** Sorted set of an owner's task ids by creation time. */
export const ownerIndexKey = (owner: Owner): string => ownerTagIndexKey(partitionOfOwner(owner), ownerTag(owner))
export const ownerTagIndexKey = (partition: Partition, tag: string): string => `{lh:${partition}}:owner:${tag}`

/** Hash of an owner's idempotency keys: the task of each, and the hash of its payload. */
export const submissionsKey = (owner: Owner): string => `{lh:${partitionOfOwner(owner)}}:submissions:${ownerTag(owner)}`

/** Hash of what an owner has used and holds, by days. */
export const dailyBudgetKey = (owner: Owner): string => `{lh:${partitionOfOwner(owner)}}:daily:${ownerTag(owner)}`

/** Record of a session, and the channel on which its streams hear of the tasks they show. */
export const sessionKey = (session: string): string => `lh:session:${session}`
/** Sorted set of the sessions of an owner, by when each would have ended at the earliest, when that was looked at last. */
export const sessionsKey = (owner: Owner): string => `lh:sessions:${ownerTag(owner)}`
/** Sorted set of the requests that the client of a session has cancelled, by when. */
export const withdrawnKey = (session: string): string => `lh:session:${session}:withdrawn`
/** Set of the URIs whose changes a session is told of. */
export const subscriptionsKey = (session: string): string => `lh:session:${session}:subscriptions`
/** Hash of the tasks in which the client of a session keeps questions, by the ids that it gave them. */
export const hostedKey = (session: string): string => `lh:session:${session}:hosted`
export const leftCallKey = (session: string, requestId: string): string => `lh:session:${session}:left:${requestId}`

/** Channel on which it is told what the models of a task say while they say it. */
export const deltaChannel = (taskId: string): string => `${taskKeys(taskId).record}:deltas`

/** There as long as nobody uses an account at a model provider; its name is a hash. */
export const pauseKey = (account: string): string => `lh:pause:${account}`

/** Hash of what is listed, by name. */
export const CATALOG_ENTRIES = '{lh:catalog}:entries'
/** Sorted set of what was announced, a definition or version of a tool each, by when it last was. */
export const CATALOG_SEEN = '{lh:catalog}:seen'
/** The same by when it first was. */
export const CATALOG_SINCE = '{lh:catalog}:since'
export const CATALOG_CHANGED = 'lh:catalog:changed'

/** Channel on which it is said that what is behind a URI has changed. The URI is hashed: it may be long. */
export const resourceChannel = (uri: string): string =>
  `lh:resource:${createHash('sha256').update(uri).digest('base64url').slice(0, 22)}`

/** Ids of the workers that live, and some of those that lived a moment ago. */
export const WORKERS = 'lh:workers'
/** Heartbeat of a worker, and the channel on which it hears what became of its claims. */
export const workerKey = (worker: string): string => `lh:worker:${worker}`
export const SWEEPER = 'lh:sweeper'
export const SECRET = 'lh:secret'
/** Version of what the keys are called and what is in them. */
export const SCHEMA = 'lh:schema'

/**
 * What a store knows of its own past: in which incarnation it is, on which server, and who has been alive in it when.
 * Each node of a cluster can lose its newest records alone, so there every partition knows its own past.
 */
export function pastKeys(partition?: Partition): { readonly past: string; readonly alive: string } {
  const prefix = partition === undefined ? 'lh' : `{lh:${partition}}`
  return { past: `${prefix}:past`, alive: `${prefix}:alive` }
}
/** How many tasks are open in all, as a sweeper last counted. */
export const OPEN_TASKS = 'lh:open'
