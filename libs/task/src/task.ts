import type { Budget } from './budget.ts'
import type { JournalEntry } from './journal.ts'
import type { JsonObject } from './json.ts'
import type { Lineage } from './lineage.ts'
import type { Outcome } from './outcome.ts'
import type { Pin } from './pin.ts'
import type { Owner } from './principal.ts'
import type { TaskStatus } from './status.ts'
import type { TraceContext } from './trace-context.ts'

/** Which questions the submitter's client can answer; decided once, at submission. */
export interface Audience {
  readonly sampling: 'none' | 'plain' | 'tools'
  /** Forms. */
  readonly elicitation: boolean
  /** Pages to open; not where absent. */
  readonly url?: boolean
  /** Its roots; not where absent. */
  readonly roots?: boolean
}

/** The MCP call that made a task. */
export interface Call {
  /** The session that it came in. */
  readonly session: string
  /** Whether the caller knows of the task; a plain caller knows only of the call, and waits for its result. */
  readonly isTask: boolean
  /** Token for progress notifications, where the caller gave one. It means nothing in another session. */
  readonly progressToken?: string | number
}

/**
 * What a task is for that is no call of a tool. Such a task is in nobody's list, and is kept `servedRetentionMs` after
 * its end.
 */
export type Serves =
  | { readonly kind: 'prompt' | 'completion' | 'listing' }
  | { readonly kind: 'resource'; readonly uri: string }

/** What never changes in a task, apart from its arguments. */
export interface TaskHead {
  readonly tool: string
  /** Content hash of the definition that the task was submitted for. */
  readonly definition: string
  /** Of the code that the task was submitted for; see `codeVersionOf`. */
  readonly version?: string
  /** Hash of the definition that the task goes on with to its end, where that is data (`Pin`). */
  readonly pinned?: string
  readonly queue: string
  readonly owner: Owner
  readonly clientId?: string
  /** Unix ms. */
  readonly createdAt: number
  /** Milliseconds from creation that the submitter may rely on; the record lives at least as long. */
  readonly ttlMs: number
  readonly audience: Audience
  /** Absent where the task was not made over MCP. */
  readonly call?: Call
  /** Of every wake-up of the task: 0 is first, and where none is said; MAX_PRIORITY is last. */
  readonly priority?: number
  /** Unix ms before which it does not start. */
  readonly startAt?: number
  /** Most milliseconds that it may take from its start, those in which it waits for people not counted. */
  readonly timeoutMs?: number
  /** What it may spend with all tasks below it; absent where its tool and its submitter say nothing. */
  readonly budget?: Budget
  /** It undoes something: what it spends counts in no budget above it, nor in its owner's for the day. */
  readonly isUndo?: true
  /** The task whose good steps this one began with. */
  readonly retriedFrom?: string
  /** What that one had done was undone: this one began from the start, with what was under way there in doubt. */
  readonly isFromStart?: true
  /** The first of the tasks that were retried until this one came: the idempotency keys of steps begin with its id. */
  readonly origin?: string
  /**
   * Where these are not those of the first of the calls that were made again until this one came, since something was undone
   * that was done under those: that one. The calls that come after this one find it by that.
   */
  readonly insteadOf?: string
  /** Its model takes what people send to it while it runs; absent where nothing would. */
  readonly steerable?: true
  /** Where it is ended from outside, a task of its own undoes what it had done (`undoTaskId`). */
  readonly undoable?: true
  /** That one only ends what goes on elsewhere: the effects that this one had stay, and its calls are in doubt. */
  readonly effectsStay?: true
  /** The task that was ended from outside and whose code this one runs, to undo what that had done. */
  readonly undoOf?: string
  /** Absent on the call of a tool. */
  readonly serves?: Serves
  /** Where its submitter said one. */
  readonly trace?: TraceContext
  /** Absent on a task that a client submitted. */
  readonly lineage?: Lineage
}

export const MAX_PRIORITY = 9

export interface Progress {
  /** Strictly increases over the life of the task. */
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** A task as it is looked at: everything but arguments, journal and outcome. */
export interface Task {
  readonly id: string
  readonly head: TaskHead
  readonly status: TaskStatus
  /** Only on a completed task: its result is an error that the model should see. */
  readonly isError: boolean
  readonly statusMessage?: string
  /** Unix ms. */
  readonly updatedAt: number
  /** Unix ms from which the record may be removed; absent while the task lives. */
  readonly removableAt?: number
  readonly progress?: Progress
  /** Number of the task's newest event. */
  readonly seq: number
  /** MCP session whose streams show the task's questions. */
  readonly session?: string
  /** Unix ms since when it is paused; absent where it is not. */
  readonly pausedAt?: number
  /** Workers in a row that were lost with it, as far as others have taken it up again; absent where none was. */
  readonly deaths?: number
  /** Nobody runs it, and it waits for something; absent where that is not so. */
  readonly isSuspended?: true
  /** It has called others; absent where it has not. */
  readonly hasCalled?: true
  /** It was ended from outside, and a task of its own undoes what it had done; absent where that is not so. */
  readonly hasUndo?: true
  /** Something was reserved for it in a budget; absent where nothing was. */
  readonly hasReserved?: true
  /** It has ended, and what that owes to others is not all done (`close`); absent where that is not so. */
  readonly isOwing?: true
}

/** A finished task with what it ended with. */
export interface FinishedTask extends Task {
  readonly outcome: Outcome
}

export interface TaskDraft {
  readonly id: string
  readonly head: TaskHead
  readonly args: JsonObject
  /** What `head.pinned` names; absent where that is known to be kept for another task. */
  readonly pin?: Pin
  /** Names the task among the owner's as long as it is kept; `payload` is a hash of what was submitted under the key. */
  readonly idempotency?: { readonly key: string; readonly payload: string }
  readonly session?: string
  /** What it begins with, where it is a retry. */
  readonly retried?: {
    readonly journal: readonly JournalEntry[]
    /** As in TaskRemains. */
    readonly isBroken: boolean
  }
  /** Set where the task is over before it began, for example because its arguments do not fit the schema. */
  readonly outcome?: Outcome
}

/** What is left of a finished task beside what a look at it shows. */
export interface TaskRemains {
  readonly args: JsonObject
  readonly journal: readonly JournalEntry[]
  /** It ended from outside, while a worker had it or after one was lost: what it had begun is in doubt. */
  readonly isBroken: boolean
}

/** A task that failed because its workers died with it. */
export interface DeadTask {
  readonly task: Task
  /** Workers in a row. */
  readonly deaths: number
}

export interface Page {
  readonly tasks: readonly Task[]
  readonly nextCursor?: string
}
