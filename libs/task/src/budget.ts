import type { TaskHead } from './task.ts'

/** What a tree of tasks may spend. What is absent has no limit. */
export interface Budget {
  /** Of models, input and output. */
  readonly tokens?: number
  readonly costUsd?: number
  /** Of models. */
  readonly turns?: number
  readonly toolCalls?: number
  /** Milliseconds from the start of the task, those in which people are waited for not counted. */
  readonly wallTimeMs?: number
  /** Whether a person is asked to raise it, where somebody can be asked, or the agents end with what they have. */
  readonly atLimit: 'ask' | 'end'
}
export type Limit = Exclude<keyof Budget, 'atLimit'>

/** In the order in which scripts take them. */
export const LIMITS = ['tokens', 'costUsd', 'turns', 'toolCalls', 'wallTimeMs'] as const satisfies readonly Limit[]

/** What is counted of a call, in whole numbers. Money is in billionths of a US dollar, so that sums are exact. */
export interface Amounts {
  readonly tokens: number
  readonly nanoUsd: number
  readonly turns: number
  readonly toolCalls: number
}
/** In the order in which scripts take them. */
export const COUNTED = ['tokens', 'nanoUsd', 'turns', 'toolCalls'] as const satisfies readonly (keyof Amounts)[]

export const NO_AMOUNTS: Amounts = { tokens: 0, nanoUsd: 0, turns: 0, toolCalls: 0 }
export const ONE_TOOL_CALL: Amounts = { ...NO_AMOUNTS, toolCalls: 1 }

const NANO = 1e9
export const toNanoUsd = (usd: number): number => Math.round(usd * NANO)
export const toUsd = (nanoUsd: number): number => nanoUsd / NANO

/** The most that a call may take, held from before it begins. A second one for the step replaces the first. */
export interface Reservation {
  readonly step: string
  readonly most: Amounts
}
/** What a call has taken, instead of what was held for it. Without a reservation it counts for nothing. */
export interface Settlement {
  readonly step: string
  readonly spent: Amounts
}

/** A budget with the task that has it: all that is spent in that task and below it counts. */
export interface Account {
  readonly taskId: string
  readonly budget: Budget
  /** Unix ms from which its wall time counts. */
  readonly startedAt: number
}

/** Every budget that what a task spends counts for, that of the root first. */
export const accountsOf = (taskId: string, head: TaskHead): readonly Account[] => {
  const { budget, lineage, createdAt, startAt = createdAt } = head
  return [...(lineage?.accounts ?? []), ...(budget ? [{ taskId, budget, startedAt: startAt }] : [])]
}

/** Why a reservation was refused. Numbers are in the unit of the limit. */
export interface Shortage {
  /** The task whose budget it is; absent where it is that of the owner for the day. */
  readonly account?: Account
  readonly limit: Limit
  readonly cap: number
  readonly used: number
  /** By calls under way. */
  readonly held: number
  readonly needed: number
  /** There is room when calls that are under way take no more than they have to. */
  readonly isPassing: boolean
  /** Number of the question whether it should be raised, open or not. */
  readonly ask: number
  /** Somebody said that it should not. */
  readonly isDeclined: boolean
}

/** Name of the number in the answer to the question whether a budget is raised: the new limit, in its unit. */
export const BUDGET_ANSWER = 'limit'

/** What the answer to a question raises. */
export interface Raise {
  /** The task that has the budget. */
  readonly account: string
  /** Number of the question. */
  readonly ask: number
  readonly limit: Limit
}
/** `again`: nobody has decided, and whoever waits has to look again. */
export type AskDecision =
  | { readonly kind: 'raise' /** In the unit of the limit. */; readonly to: number }
  | { readonly kind: 'decline' | 'again' }

/** The lower of both, limit by limit; it asks only where neither says that it ends. */
export function lowerBudget(declared: Budget | undefined, asked: Partial<Budget> | undefined): Budget | undefined {
  if (!asked) return declared
  const both = LIMITS.flatMap((limit) => {
    const lower = Math.min(declared?.[limit] ?? Number.POSITIVE_INFINITY, asked[limit] ?? Number.POSITIVE_INFINITY)
    return Number.isFinite(lower) ? [[limit, lower] as const] : []
  })
  if (both.length === 0) return undefined
  const ends = declared?.atLimit === 'end' || asked.atLimit === 'end'
  return { ...Object.fromEntries(both), atLimit: ends ? 'end' : 'ask' }
}

/** What is wrong with a limit, as the end of "… must be"; undefined when nothing is. */
export function limitFault(limit: Limit, value: number): string | undefined {
  if (limit === 'costUsd') return Number.isFinite(value) && value >= 0 ? undefined : 'a number of US dollars, 0 or more'
  return Number.isSafeInteger(value) && value >= 0 ? undefined : 'a whole number, 0 or more'
}

/** The day that a call counts for, in UTC, as `2026-11-26`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
