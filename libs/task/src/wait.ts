import type { Raise } from './budget.ts'
import type { ModelAnswer } from './content.ts'
import type { OutcomeEntry, Said, StepFailure, StepKind } from './journal.ts'
import type { Json, JsonSchema } from './json.ts'

/** A question to whoever may answer. Each channel shows it in its own dialect. */
export type Question = SamplingQuestion | ElicitQuestion | UrlQuestion | RootsQuestion

/** For the client's own model. `said` refers to the journal: whoever shows it renders the conversation (transcript.ts). */
export interface SamplingQuestion {
  readonly method: 'sampling/createMessage'
  readonly said: Said
}
/** A form for a person. `requestedSchema` is the flat object schema of MCP elicitation. */
export interface ElicitQuestion {
  readonly method: 'elicitation/create'
  readonly mode?: undefined
  readonly message: string
  readonly requestedSchema: JsonSchema
}

/** For a person, who should open a page and do there what no form should ask for. */
export interface UrlQuestion {
  readonly method: 'elicitation/create'
  readonly mode: 'url'
  readonly message: string
  readonly url: string
}
/** For the client: which folders and files of its own it lends. */
export interface RootsQuestion {
  readonly method: 'roots/list'
}

/** Names an elicitation by URL; unique, as the keys of a task's questions are. */
export const toElicitationId = (taskId: string, key: string): string => `${taskId}.${key}`

export interface ElicitAnswer {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: { readonly [name: string]: string | number | boolean | readonly string[] }
}
export interface Root {
  /** A file: URI. */
  readonly uri: string
  readonly name?: string
}
export interface RootsAnswer {
  readonly roots: readonly Root[]
}
export type Answer = ModelAnswer | ElicitAnswer | RootsAnswer

/** What somebody says to a question: an answer, or that they will not or cannot give one. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'refusal'; readonly failure: StepFailure }
  /** An answer whose very shape is wrong; `reason` says why. */
  | { readonly kind: 'malformed'; readonly reason: string }

interface WaitBase {
  /** Step key; never reused in the task. */
  readonly key: string
  readonly kind: StepKind
  readonly input: string
  /** Unix ms of opening. */
  readonly at: number
  /** Unix ms. A timer resolves then; a question is resolved with an error. */
  readonly deadline: number
}
/** A keyed thing that a task waits for. The first outcome for an open wait is accepted. */
export type Wait =
  | (WaitBase & {
      readonly wait: 'question'
      readonly question: Question
      /** Where it is the question of a tree whether a budget is raised: no step's, and the same in all tasks that show it. */
      readonly raises?: Raise
    })
  | (WaitBase & { readonly wait: 'timer' /** What it comes to; null where absent. */; readonly value?: Json })
  | (WaitBase & { readonly wait: 'child'; readonly taskId: string })
  | RelayedWait
export type QuestionWait = Extract<Wait, { wait: 'question' }>

/** A question of a task below, which this one shows as if it were its own. Its key is that of `relayedKey`. */
export interface RelayedWait extends WaitBase {
  readonly wait: 'relayed'
  readonly asker: string
  /** Key of the question in the task that asks it. */
  readonly asked: string
}

/** Deadline of what ends by itself: children have limits of their own, and so have the questions below. */
export const NO_DEADLINE = Number.MAX_SAFE_INTEGER

/** What a wait comes to when nobody resolved it in time. `at`: Unix ms. */
export function outcomeAtDeadline(wait: Wait, at: number): OutcomeEntry {
  const { key, kind, input } = wait
  const entry = { key, kind, input, at }
  return wait.wait === 'timer'
    ? { ...entry, type: 'value', value: wait.value ?? null }
    : { ...entry, type: 'error', error: { message: 'Nobody answered before the deadline of the question.' } }
}
