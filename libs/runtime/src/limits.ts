import type { Json, Settings, StepFailure, TaskHead } from '@longhaul/task'
import { JournalLimit, messageOf } from './errors.ts'
import type { Journal } from './journal.ts'

/**
 * What JSON makes of a value, so that code gets the same live and on replay.
 * @throws Error when it is too large, or cannot be JSON
 */
export function toJson(value: unknown, what: string, { maxResultBytes }: Settings): Json {
  const json = JSON.stringify(value ?? null)
  if (json === undefined) return null
  const bytes = Buffer.byteLength(json)
  if (bytes <= maxResultBytes) return JSON.parse(json) as Json
  throw new Error(`${what} is ${bytes} bytes; the most is ${maxResultBytes} (LONGHAUL_MAX_RESULT_BYTES).`)
}

/** The failure as JSON makes it, or, without its data, why it cannot be kept. */
export function toKeptFailure(failure: StepFailure, settings: Settings): StepFailure {
  try {
    return toJson(failure, 'The error', settings) as unknown as StepFailure
  } catch (unfit) {
    const { data: _, ...kept } = failure
    return { ...kept, message: messageOf(unfit) }
  }
}

/** @throws JournalLimit when there is no room for a step that is new */
export function checkRoom(
  journal: Journal,
  key: string,
  { bytes, settings }: { bytes: number; settings: Settings },
): void {
  if (journal.outcome(key) || journal.wait(key)) return
  const { maxJournalEntries, maxJournalBytes } = settings
  if (journal.length >= maxJournalEntries)
    throw new JournalLimit(
      `the task has ${journal.length} journal records; the most is ${maxJournalEntries} (LONGHAUL_MAX_JOURNAL_ENTRIES)`,
    )
  if (bytes >= maxJournalBytes)
    throw new JournalLimit(
      `the journal of the task has ${bytes} bytes; the most is ${maxJournalBytes} (LONGHAUL_MAX_JOURNAL_BYTES)`,
    )
}

/** @throws Error when the task waits for as much as it may */
export function checkWaits(journal: Journal, { maxOpenWaits }: Settings): void {
  if (journal.openWaits < maxOpenWaits) return
  throw new Error(
    `The task waits for ${journal.openWaits} questions, timers and children; the most is ${maxOpenWaits} (LONGHAUL_MAX_OPEN_WAITS).`,
  )
}

/** @throws Error when the task may call no more children, or none at all */
export function checkChildren(journal: Journal, { lineage }: TaskHead, settings: Settings): void {
  const { maxChildDepth, maxOpenChildren } = settings
  const depth = lineage?.ancestors.length ?? 0
  if (depth >= maxChildDepth)
    throw new Error(
      `The task is on level ${depth} of its tree and can call no other; the most is ${maxChildDepth} (LONGHAUL_MAX_CHILD_DEPTH).`,
    )
  if (journal.openChildren >= maxOpenChildren)
    throw new Error(
      `The task waits for ${journal.openChildren} children; the most is ${maxOpenChildren} (LONGHAUL_MAX_OPEN_CHILDREN). Call fewer at once.`,
    )
}

/** @throws Error when the task has as many steps at work as it may */
export function checkParallel(atWork: number, { maxParallelSteps }: Settings): void {
  if (atWork < maxParallelSteps) return
  throw new Error(
    `The task has ${atWork} steps at work; the most is ${maxParallelSteps} (LONGHAUL_MAX_PARALLEL_STEPS). Do fewer at once.`,
  )
}

/** What a log message says; where it cannot be kept, why not. */
export function toLogData(data: unknown, { maxLogBytes }: Settings): unknown {
  try {
    const bytes = Buffer.byteLength(JSON.stringify(data) ?? '')
    if (bytes <= maxLogBytes) return data
    return `A log message of ${bytes} bytes, left out: the most is ${maxLogBytes} (LONGHAUL_MAX_LOG_BYTES).`
  } catch (error) {
    return `A log message that is no JSON, left out: ${messageOf(error)}`
  }
}
