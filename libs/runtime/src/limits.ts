import type { Json, Settings, StepFailure } from '@longhaul/task'
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

/** The failure as JSON makes it, or why it cannot be kept. */
export function toKeptFailure(failure: StepFailure, settings: Settings): StepFailure {
  try {
    return toJson(failure, 'The error', settings) as unknown as StepFailure
  } catch (unfit) {
    return { ...failure, message: messageOf(unfit), data: undefined }
  }
}

/** @throws JournalLimit when a step that is new would make the journal too long */
export function checkLength(journal: Journal, key: string, { maxJournalEntries }: Settings): void {
  if (journal.length < maxJournalEntries || journal.outcome(key) || journal.wait(key)) return
  throw new JournalLimit(
    `the task has ${journal.length} journal records; the most is ${maxJournalEntries} (LONGHAUL_MAX_JOURNAL_ENTRIES)`,
  )
}

/** Log messages are kept with the events of a task, of which there are many, and go to whoever follows it at once. */
const LOG_BYTES = 64 * 1024

/** What a log message says; where it cannot be kept, why not. */
export function toLogData(data: unknown): unknown {
  try {
    const bytes = Buffer.byteLength(JSON.stringify(data) ?? '')
    return bytes <= LOG_BYTES ? data : `A log message of ${bytes} bytes, left out: the most is ${LOG_BYTES}.`
  } catch (error) {
    return `A log message that is no JSON, left out: ${messageOf(error)}`
  }
}
