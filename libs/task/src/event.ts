import type { Outcome } from './outcome.ts'
import type { TaskStatus } from './status.ts'
import type { Progress } from './task.ts'

/** Least severe first. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Whether somebody who wants messages from `least` on wants one of this level. */
export const isLogged = (level: LogLevel, least: LogLevel): boolean =>
  LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least)

/** What code says on the way, for people. */
export interface LogMessage {
  readonly level: LogLevel
  readonly data: unknown
  readonly logger?: string
}

/** More of what a model says or thinks in a step that has no outcome yet. Live only: no event, and kept nowhere. */
export interface Delta {
  readonly step: string
  /** From 1; a new attempt begins anew. */
  readonly attempt: number
  /** As in the answer; another one begins anew. */
  readonly model: string
  readonly kind: 'text' | 'thinking'
  /** Characters of this kind that came before; more than were heard where some were missed. */
  readonly offset: number
  readonly text: string
}

/** What happened to a task. `seq` rises by one with each event of a task; a gap means one was missed. */
export type TaskEvent = { readonly seq: number; readonly at: number } & (
  | { readonly type: 'created' | 'paused' | 'resumed' | 'steered' }
  /** `isPaused`: since the task is paused, and has come to its next step. */
  | { readonly type: 'suspended' | 'handed_back'; readonly isPaused?: true }
  | { readonly type: 'claimed'; readonly worker: string }
  | { readonly type: 'stalled'; readonly reason: string }
  | { readonly type: 'asked'; readonly status: TaskStatus; readonly keys: readonly string[] }
  | { readonly type: 'resolved'; readonly status: TaskStatus; readonly key: string }
  | { readonly type: 'refused'; readonly key: string; readonly reason: string }
  | { readonly type: 'progress'; readonly progress: Progress }
  | ({ readonly type: 'log' } & LogMessage)
  /** What an elicitation by URL was for has been done. */
  | { readonly type: 'elicited'; readonly elicitationId: string }
  /** A small outcome is told along to those who listen; the log of events does not have it. */
  | { readonly type: 'finished'; readonly status: TaskStatus; readonly outcome?: Outcome }
)
