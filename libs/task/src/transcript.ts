import type { Message, ModelAnswer, SamplingOptions, ToolResultBlock } from './content.ts'
import type { JournalEntry, OutcomeEntry, Said } from './journal.ts'

export interface Conversation {
  readonly messages: readonly Message[]
  readonly options: SamplingOptions
}

/**
 * The conversation that `said` ends, oldest message first, from what the journal holds.
 *
 * Each model step recorded what was new to it; this walks `after` back to the beginning and forward again.
 * @throws Error when the journal lacks a step that `said` refers to: then it is not this task's journal.
 */
export function renderTranscript(said: Said, journal: readonly JournalEntry[]): Conversation {
  const outcomes = new Map<string, OutcomeEntry>()
  for (const entry of journal) if (entry.type !== 'intent') outcomes.set(entry.key, entry)
  return render(said, (key) => outcomes.get(key))
}

/** Like `renderTranscript`, for a caller that has the outcomes by key. */
export function render(said: Said, outcomeOf: (key: string) => OutcomeEntry | undefined): Conversation {
  const links: { readonly said: Said; readonly answer?: Message }[] = [{ said }]
  for (let key = said.after; key !== undefined; ) {
    const entry = outcomeOf(key)
    if (entry?.type !== 'value' || !entry.said) throw new Error(`The journal has no model step '${key}'.`)
    const { content } = entry.value as unknown as ModelAnswer
    links.push({ said: entry.said, answer: { role: 'assistant', content } })
    key = entry.said.after
  }
  const options = links.find((link) => link.said.options)?.said.options
  if (!options) throw new Error('The journal has a conversation without options.')

  const results = (keys: readonly string[]): Message => ({
    role: 'user',
    content: keys.map((key) => toolResult(key, outcomeOf(key))),
  })
  const messages = links.reverse().flatMap(({ said: { messages: parts }, answer }) => {
    const rendered = parts.map((part) => ('role' in part ? part : results(part.results)))
    return answer ? [...rendered, answer] : rendered
  })
  return { messages, options }
}

function toolResult(key: string, entry: OutcomeEntry | undefined): ToolResultBlock {
  if (entry?.type !== 'value') throw new Error(`The journal has no tool result '${key}'.`)
  return entry.value as unknown as ToolResultBlock
}
