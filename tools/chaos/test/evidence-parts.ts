import type { JournalEntry, JsonObject, StepKind, TaskEvent } from '@longhaul/task'

/** Unix ms at which the task was made. */
const T0 = 1_790_000_000_000

export const at = (ms: number): number => T0 + ms

export const value = (ms: number, key: string, kind: StepKind, value: unknown): JournalEntry =>
  ({ type: 'value', key, kind, input: '', at: at(ms), value }) as JournalEntry
export const intent = (ms: number, key: string, kind: StepKind, attempt: number): JournalEntry => ({
  type: 'intent',
  key,
  kind,
  input: '',
  at: at(ms),
  attempt,
})
export const toolResult = (structuredContent: JsonObject) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }],
  structuredContent,
})

type Members = { readonly [name: string]: unknown }
export const toEvents = (events: readonly (readonly [number, string, Members?])[]): TaskEvent[] =>
  events.map(([ms, type, members], place) => ({ seq: place + 1, at: at(ms), type, ...members }) as unknown as TaskEvent)
