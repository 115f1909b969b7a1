import type {
  Audience,
  ElicitAnswer,
  InDoubt,
  Json,
  JsonSchema,
  LogLevel,
  Message,
  ModelAnswer,
  Progress,
  Recap,
  Root,
  SamplingOptions,
  StepKind,
  ToolResults,
  TraceContext,
} from '@longhaul/task'
import type { z } from 'zod'
import type { AsJson } from './as-json.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { Tool } from './tool.ts'
import type { ArgumentsOf, ResultOf } from './typed-tool.ts'

/** What the body of a step is given. */
export interface StepHandle {
  /**
   * Aborts with a TimeoutError when the step has taken longer than it may; and when the task is cancelled, when this
   * worker has lost it, or when it stops and the step has not ended in time. What the step gives after that still
   * counts. To throw the reason (or an error with that as its `cause`) when the worker stops says that nothing was done:
   * the step is then begun again elsewhere, unasked. Any other error leaves it in doubt: throw one where a request was
   * cut off that may have taken effect.
   */
  readonly signal: AbortSignal
  /** The same for every attempt of this step: hand it to a receiver that can refuse a second time. */
  readonly idempotencyKey: string
  /** From 1. Attempts that failed and are made again count, and those that somebody wanted made again. */
  readonly attempt: number
}

interface AttemptOptions {
  /**
   * When and how often to try again. With a policy every failure is tried again but those that say that it is of no use
   * (`NonRetryableError`); without one only failures that say that it may be (`RetryableError`, a model's rate limit).
   * What it leaves out is in the settings `retry…`.
   */
  readonly retry?: Partial<RetryPolicy>
  /** Milliseconds that one attempt may take; 0 is no limit. By default the setting `stepTimeoutMs`. */
  readonly timeoutMs?: number
}

export interface StepOptions extends AttemptOptions {
  /**
   * What to do when a worker died during the step: `repeat` it (the default), `ask` a person, or `fail`.
   * `ask` and `fail` steps are written down before they begin.
   */
  readonly inDoubt?: InDoubt
  readonly kind?: StepKind
  /** What the step works on; another input under the same key is a `journal_mismatch`. */
  readonly input?: Json
  /** Whether it counts as a call of a tool in budgets. */
  readonly isToolCall?: boolean
  /** How a person is asked about the step, for example `the call of send_mail`. */
  readonly label?: string
}

export interface WaitOptions {
  /** Step key; by default the kind and a running number, which is right for calls made in a fixed order. */
  readonly key?: string
  /** Milliseconds until the question fails unanswered; `questionDeadlineMs` when absent. */
  readonly deadlineMs?: number
}

export interface ElicitRequest<Schema> extends WaitOptions {
  readonly message: string
  /** A flat object of strings, numbers, booleans and enums: Zod, or JSON Schema as it goes out. */
  readonly schema: Schema
  /**
   * What the question is about: other input under the same key is a `journal_mismatch`. Its words and form when absent,
   * which must stay the same then as long as it is open.
   */
  readonly input?: Json
}
export type ElicitReply<Content> =
  | { readonly action: 'accept'; readonly content: Content }
  | { readonly action: 'decline' | 'cancel' }

/** The attempts are those of a model that the worker calls; by default each may take the setting `modelTimeoutMs`. */
export interface SampleRequest extends SamplingOptions, WaitOptions, AttemptOptions {
  /** What is new: with `after`, only what comes after that model step. */
  readonly messages: readonly (Message | ToolResults | Recap)[]
  /** Key of an earlier model step of this task, whose conversation this one continues. */
  readonly after?: string
  /** Key of a step whose value, a `Compaction`, says what the model does not see any more, from this step on. */
  readonly compaction?: string
  /**
   * Takes what people have sent to the task (`longhaul steer`) since a model step took it last, in messages of the user
   * after `messages`; the tool says `steerable` itself. Each is taken once. Not in a tool that is run inside another.
   */
  readonly steerable?: boolean
  /** `caller`, `provider/model` or `auto` (the default); of a list, each is there for when those before give no answer. */
  readonly model?: string | readonly string[]
}

export interface ElicitUrlRequest extends WaitOptions {
  /** Why the person should open the page. */
  readonly message: string
  /** https, or http on this machine; without a password and without anything that is about the person. */
  readonly url: string
}
export interface ElicitUrlReply {
  /** `accept`: the person is willing to open it. That they are done there only the page's own server knows. */
  readonly action: ElicitAnswer['action']
  readonly elicitationId: string
}

export interface CallOptions {
  /** Step key; by default `call` and a running number, which is right for calls made in a fixed order. */
  readonly key?: string
  /**
   * Key of an earlier call of the same tool, which failed and is made again by this one: idempotency keys of the child are
   * those of that one's. Where what was done under those was undone, it has its own, which further calls have, too, until
   * the same happens to them. It is put off while what such calls had done is being undone.
   */
  readonly retryOf?: string
  /** Most milliseconds that the child may take, waiting for people not counted; its tool may allow less. */
  readonly timeoutMs?: number
  /** It undoes something: no budget of the caller holds it back, and what it spends counts in none of them. */
  readonly isUndo?: true
}

/** What a task had done that was ended from outside, for its code to undo. */
export interface Undoing {
  readonly taskId: string
  /** Whether a step of it was over. Steps that were not are none of the code's business any more. */
  has(key: string): boolean
}

/**
 * What a durable tool does its work with. Every effect goes through it and is journaled; code between the calls is
 * run again whenever the task goes on, so it must come to the same calls in the same order. What takes time or may
 * come out differently belongs in a step: between calls the task may suspend as soon as it waits for something. The
 * body of a step does not use the context.
 */
export interface Context {
  readonly taskId: string
  /**
   * The same for every attempt of this tool's call and for no other: hand it to a receiver that can refuse a second
   * time. For a tool that acts without steps; a step has a key of its own.
   */
  readonly idempotencyKey: string
  /**
   * The trace of the call that made the task, to hand on: its members are the HTTP headers of W3C Trace Context. Empty
   * where the caller said none.
   */
  readonly trace: TraceContext
  /** Aborts when the activation ends for any reason, or is told to stop (see `StepHandle.signal`). Local clean-up hangs here: `catch` and `finally` may not run. */
  readonly signal: AbortSignal
  /**
   * Does `body` once, keeps its value as JSON has it, and gives that back, now and on every later run: a date becomes text,
   * `undefined` null. @throws StepError
   */
  step<T>(key: string, body: (step: StepHandle) => T | Promise<T>, options?: StepOptions): Promise<AsJson<T>>
  /** Asks a model for one turn. @throws StepError */
  sample(request: SampleRequest): Promise<ModelAnswer>
  /** Whether a step is over: its outcome is on record. */
  has(key: string): boolean
  /** Whether people have sent something to the task that no model step has taken so far. */
  steered(): boolean
  /** Asks a person. The task waits without holding anything. @throws StepError when nobody answers in time */
  elicit<Schema extends z.ZodObject>(request: ElicitRequest<Schema>): Promise<ElicitReply<z.infer<Schema>>>
  elicit(request: ElicitRequest<JsonSchema>): Promise<ElicitAnswer>
  /**
   * Asks a person to open a page, for what no form should ask: secrets, payments, consent elsewhere.
   * @throws StepError when nobody answers in time, or the client did not declare elicitation by URL
   */
  elicitUrl(request: ElicitUrlRequest): Promise<ElicitUrlReply>
  /** Says that what a page was opened for is done; older clients wait for that. On replay not again, as a rule. */
  elicited(elicitationId: string): void
  /** Folders and files that the client lends. @throws StepError when it has no roots, or does not answer in time */
  roots(options?: WaitOptions): Promise<readonly Root[]>
  /** What whoever submitted the task can be asked. */
  readonly audience: Audience
  /** Set where this task is there to undo what another one had done; only tools that say `undoes` are run so. */
  readonly undoing?: Undoing
  /** Waits at least so many milliseconds, without holding anything; beside a step, it can time the step out. */
  sleep(ms: number, options?: { readonly key?: string }): Promise<void>
  /** Runs another durable tool inside this task, its steps under `key/`. @throws StepError */
  run<T extends Tool>(
    key: string,
    tool: T,
    args: ArgumentsOf<T>,
    options?: {
      /** Told how far the tool says it is. */
      readonly onProgress?: (progress: Progress) => void
      /** What is on record of the call was done by another version of the tool: it has to fit. */
      readonly isOtherCode?: boolean
    },
  ): Promise<ResultOf<T>>
  /**
   * Calls a durable tool, by name or as `defineTool` gave it, as a task of its own: on any worker that has it, beside
   * others, and without holding anything while it is waited for. What it asks is asked by this task; whatever ends this
   * one ends it.
   * @throws StepError when it failed or was cancelled; `data.taskId` is its id
   */
  call<T extends string | Pick<Tool, 'name'>>(
    tool: T,
    args: ArgumentsOf<T>,
    options?: CallOptions,
  ): Promise<ResultOf<T>>
  /** Says how far the task is; ignored unless `progress` rises. @throws Error when a number is not finite */
  progress(progress: number, total?: number, message?: string): void
  /**
   * Sends a log message of at most 64 KiB to whoever follows the task; on replay not again, as a rule. Of more than a
   * thousand that the store has not taken yet the others are dropped.
   */
  log(level: LogLevel, data: unknown, logger?: string): void
  /** Says to clients that subscribed to it that what is behind the URI has changed; on replay not again, as a rule. */
  resourceUpdated(uri: string): void
  /** Unix ms, journaled. */
  now(): number
  /** Milliseconds that the task has worked, journaled. As long as it is input_required they do not go on. */
  elapsed(): number
  /** At least 0, less than 1, journaled. */
  random(): number
}
