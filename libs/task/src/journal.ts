import type { Message, SamplingOptions } from './content.ts'
import type { ResultLimits } from './excerpt.ts'
import type { Json, JsonObject } from './json.ts'
import type { Owner } from './principal.ts'

/** What kind of effect a step is; part of what must match on replay (invariant 3). */
export type StepKind =
  | 'run'
  | 'step'
  | 'model'
  | 'tool'
  | 'question'
  | 'sleep'
  | 'retry'
  | 'timeout'
  | 'budget'
  | 'child'
  | 'now'
  | 'random'
  | 'elapsed'
  | 'pause'
  | 'code'
  | 'steer'

/** Why a step failed, as data. `code` is a JSON-RPC code where the failure came over one. */
export interface StepFailure extends FailureMarks {
  readonly message: string
  readonly code?: number
  readonly data?: Json
}

/**
 * What an error says about trying again. It is decided where the error is made: an error of any class may carry these,
 * and nobody guesses from its message.
 */
export interface FailureMarks {
  /** Whether the same may succeed later. Absent: whoever made the error does not know. */
  readonly retryable?: boolean
  /** Milliseconds before which trying again is of no use. */
  readonly retryAfterMs?: number
  /**
   * It was not even tried: whoever should do it takes nothing before `retryAfterMs`, from nobody. So it counts as no
   * attempt.
   */
  readonly isDeferred?: boolean
  /** It was given more than it takes: with less it may succeed. */
  readonly isTooLong?: boolean
}

/** What an error says beside its message; see `FailureMarks`. */
export interface ErrorMarks extends FailureMarks {
  /** What failed may have taken effect, and the message says so: it is in doubt (invariant 4). */
  readonly isOutcomeUnknown?: boolean
}

/** A user message made of what tool steps came to, in the order of the calls that asked for them. */
export interface ToolResults {
  readonly results: readonly {
    readonly step: string
    readonly toolUseId: string
    /** The arguments with which the call was made, where somebody changed those of the model. */
    readonly changedTo?: JsonObject
    /** Set where the model is shown an excerpt; the journal has the whole result. */
    readonly excerpt?: ResultLimits
  }[]
}

/** A user message that tells a part of a conversation in words, for a model that is to sum it up. */
export interface Recap {
  readonly recap: {
    /** The model step whose conversation it is. */
    readonly of: string
    /** The model step whose answer, with all that came after it, is not told. */
    readonly until: string
    /** As in `Said`. */
    readonly compaction?: string
  }
}

/**
 * What a model step added to its conversation before the model spoke: literal messages, and the results of the
 * tool steps named by key. `after` is the model step that it continues, `options` is there where they differ from
 * that step's. The whole conversation is the chain of these: a step stores only what was new, so the journal grows
 * linearly (see transcript.ts).
 */
export interface Said {
  readonly after?: string
  readonly messages: readonly (Message | ToolResults | Recap)[]
  readonly options?: SamplingOptions
  /** The step that says what the model does not see any more from here on: a `Compaction`. The chain keeps it all. */
  readonly compaction?: string
}

interface EntryBase {
  readonly key: string
  readonly kind: StepKind
  /** Hash of what the step was asked to do; empty where the key says it all. */
  readonly input: string
  /** Unix ms. */
  readonly at: number
}
/** Written before the attempt `attempt` (from 1) of a step that must not silently happen twice (invariant 4). */
export interface Intent extends EntryBase {
  readonly type: 'intent'
  readonly attempt: number
  /**
   * Nobody knows whether that attempt was made: the store had lost its newest records when its incarnation of this
   * number began, and may have forgotten it.
   */
  readonly supposed?: number
}
/** The attempt ended without effect: it was not begun after all, or it was told to stop and says that it did nothing. */
export interface Aborted extends EntryBase {
  readonly type: 'aborted'
  readonly attempt: number
}
export interface ValueEntry extends EntryBase {
  readonly type: 'value'
  readonly value: Json
  readonly said?: Said
}
export interface ErrorEntry extends EntryBase {
  readonly type: 'error'
  readonly error: StepFailure
}
/** Somebody paused the task while an activation had it, which begins nothing more. It is of no step. */
export interface Paused extends EntryBase {
  readonly type: 'paused'
}
/** Somebody sent this to the model of the task, which takes it with its next step. It is of no step itself. */
export interface Steered extends EntryBase {
  readonly type: 'steered'
  readonly text: string
}
/** The model step of this key begins, or begins again, with what was sent under these keys. */
export interface Taken extends EntryBase {
  readonly type: 'taken'
  readonly steers: readonly string[]
}
export type OutcomeEntry = (ValueEntry | ErrorEntry) & {
  /**
   * How many records the activation knew when it went on with this outcome. It went on before it had saved, so
   * records of others that stand between there and here came after it, as far as its code could tell. Absent on what
   * others appended.
   */
  readonly seen?: number
  /** Who answered a question, where that was not the owner of the task. */
  readonly by?: Owner
}
/** One record of a task's append-only journal. The first value or error of a key is its outcome for good. */
export type JournalEntry = Intent | Aborted | Paused | Steered | Taken | OutcomeEntry

export const isOutcome = (entry: JournalEntry): entry is OutcomeEntry =>
  entry.type === 'value' || entry.type === 'error'
