import { isAboutCode } from './code-version.ts'
import { isOutcome, type JournalEntry, type OutcomeEntry } from './journal.ts'
import { inOrderHeard } from './order-heard.ts'
import type { Outcome } from './outcome.ts'
import type { FinishedTask, TaskDraft, TaskRemains } from './task.ts'

export interface Ended {
  readonly outcome: Outcome
  /** It ended from outside, not by its code. */
  readonly isBroken: boolean
}

/**
 * What a retry of a task begins with: all that its code heard before the failure that it ended with, in that order. The
 * steps that failed are as if they had never begun; others that were heard after that are in doubt where their attempts
 * are on record, and else begin anew. The same goes for what its code did not fit. A task that was ended from outside keeps
 * everything.
 */
export function goodRecords(journal: readonly JournalEntry[], { outcome, isBroken }: Ended): JournalEntry[] {
  const heard = wholeRecords(journal)
  if (outcome.kind === 'cancelled' || isBroken) return heard
  const outcomes = heard.filter(isOutcome).filter(({ kind }) => kind !== 'retry' && kind !== 'budget')
  const cut = beginOfUndone(outcomes, outcome)
  const undone = new Set(outcomes.slice(cut))
  const failed = new Set([...undone].flatMap((entry) => (entry.type === 'error' ? [entry.key] : [])))
  if (outcome.misfit !== undefined) failed.add(outcome.misfit)
  return heard.filter((entry) => !undone.has(entry as OutcomeEntry) && !failed.has(stepOf(entry)))
}

type Over = Pick<FinishedTask, 'head' | 'hasUndo' | 'outcome'>
type Remains = Omit<TaskRemains, 'args'>

/**
 * What a retry of a task begins with. `isFromStart`: what that had done was undone, or is to be, so that nothing of it is a
 * good step, and receivers must not take new steps for its own; only what was under way at its end is in doubt.
 */
export interface Remainder {
  readonly isFromStart: boolean
  readonly retried?: TaskDraft['retried']
}

/** @param isOfUndone what the task that called it had done was undone, and with it what the calls had done that were over */
export function toRetried(old: Over, remains: Remains, isOfUndone = false): Remainder {
  const isFromStart = isUndone(old, remains) || (isOfUndone && !isUntouched(old, remains))
  const { outcome } = old
  const { journal, isBroken } = remains
  if (!isFromStart && !(old.hasUndo && old.head.effectsStay))
    return { isFromStart, retried: { journal: goodRecords(journal, { outcome, isBroken }), isBroken } }
  if (!isEndedFromOutside(old, remains)) return { isFromStart }
  return { isFromStart, retried: { journal: recordsInDoubt(journal, old), isBroken } }
}

/** Whether what a task had done was undone, or is to be. Where nothing was on record it had done nothing that could have been. */
export const isUndone = ({ head, hasUndo, outcome }: Over, { journal }: Remains): boolean =>
  (hasUndo === true && !head.effectsStay && journal.some(isOutcome)) ||
  (outcome.kind === 'result' && outcome.isUndone === true)

/** Whether nobody can have undone anything of it, since all that it did was under way when it was ended. */
const isUntouched = (old: Over, remains: Remains): boolean =>
  isEndedFromOutside(old, remains) && (old.head.effectsStay === true || !remains.journal.some(isOutcome))

const isEndedFromOutside = ({ outcome }: Over, { isBroken }: Remains): boolean =>
  outcome.kind === 'cancelled' || isBroken

/**
 * The attempts on record at steps of a task that another one came after. Where effects were undone, only those of which
 * no outcome was heard are in doubt: nothing can have undone them. Where effects stay, all are: what had begun elsewhere
 * was ended, so that no outcome stands any more.
 */
function recordsInDoubt(journal: readonly JournalEntry[], { head }: Over): JournalEntry[] {
  const heard = wholeRecords(journal)
  const begun = new Set(heard.flatMap(({ type, key }) => (type === 'intent' ? [key] : [])))
  if (!head.effectsStay) for (const { key } of heard.filter(isOutcome)) begun.delete(key)
  const isOfAttempt = ({ type, kind }: JournalEntry) => type === 'intent' || type === 'aborted' || kind === 'retry'
  return heard.filter((entry) => isOfAttempt(entry) && begun.has(stepOf(entry)))
}

/**
 * All of a journal, for a task that goes on with it, in the order in which the code heard of outcomes. What is said of the
 * code is of the task as it was.
 */
export const wholeRecords = (journal: readonly JournalEntry[]): JournalEntry[] =>
  inOrderHeard(journal.filter((entry) => entry.type !== 'paused' && !isAboutCode(entry))).map(withoutSeen)

/** The place of the first outcome that a retry does without. */
function beginOfUndone(
  outcomes: readonly OutcomeEntry[],
  { misfit, failedSteps = [] }: Exclude<Outcome, { kind: 'cancelled' }>,
): number {
  if (misfit !== undefined) {
    const place = outcomes.findIndex(({ key }) => key === misfit)
    return place < 0 ? outcomes.length : place
  }
  const failures = failedSteps.length > 0 ? failedSteps : failuresAtEnd(outcomes)
  return Math.min(outcomes.length, ...failures.map((key) => beginOfFailure(outcomes, key)))
}

/** The place of the failure of a step; where that is a tool with steps of its own, of those that it ended with. */
function beginOfFailure(outcomes: readonly OutcomeEntry[], key: string): number {
  const place = outcomes.findIndex((entry) => entry.key === key)
  if (outcomes[place]?.type !== 'error') return outcomes.length
  const inside = outcomes.slice(0, place).filter((entry) => entry.key.startsWith(`${key}/`))
  return Math.min(place, ...failuresAtEnd(inside).map((inner) => beginOfFailure(outcomes, inner)))
}

/** Keys of the failures after which nothing else was heard. */
function failuresAtEnd(outcomes: readonly OutcomeEntry[]): string[] {
  const lastGood = outcomes.findLastIndex(({ type }) => type === 'value')
  return outcomes.slice(lastGood + 1).map(({ key }) => key)
}

/**
 * The step that a record is about: the question whether attempt 2 of `s` should be made again has the key `s!2`, the
 * pause after it `s!r2`, and the second wait for a budget `s!b2`.
 */
const stepOf = ({ key }: JournalEntry): string => key.replace(/![rb]?\d+$/, '')

/** Its place says all: nothing of it will be saved later. */
function withoutSeen(entry: JournalEntry): JournalEntry {
  if (!isOutcome(entry)) return entry
  const { seen, ...rest } = entry
  return rest
}
