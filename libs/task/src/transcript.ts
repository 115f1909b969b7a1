import {
  isBlank,
  type Message,
  type ModelAnswer,
  type SamplingOptions,
  type ToolResult,
  text,
  toolError,
} from './content.ts'
import { isOutcome, type JournalEntry, type OutcomeEntry, type Said, type ToolResults } from './journal.ts'
import { uniqueToolUseIds } from './unique-tool-use-ids.ts'

export interface Conversation {
  readonly messages: readonly Message[]
  readonly options: SamplingOptions
}

/**
 * The conversation that `said` ends, oldest message first, from what the journal holds.
 *
 * Each model step recorded what was new to it; this walks `after` back to the beginning and forward again. Every
 * tool_use has an id of its own, whatever ids models and clients made up.
 * @throws Error when the journal lacks a step that `said` refers to: then it is not this task's journal.
 */
export function renderTranscript(said: Said, journal: readonly JournalEntry[]): Conversation {
  const outcomes = new Map<string, OutcomeEntry>()
  // The first outcome of a key counts.
  for (const entry of journal.toReversed()) if (isOutcome(entry)) outcomes.set(entry.key, entry)
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

  const toMessage = ({ results }: ToolResults): Message => ({
    role: 'user',
    content: results.map(({ step, toolUseId }) => ({
      type: 'tool_result',
      toolUseId,
      ...toResult(step, outcomeOf(step)),
    })),
  })
  const messages = links.reverse().flatMap(({ said: { messages: parts }, answer }) => {
    const rendered = parts.map((part) => ('role' in part ? part : toMessage(part)))
    return answer ? [...rendered, shown(answer)] : rendered
  })
  return { messages: uniqueToolUseIds(messages), options }
}

/** Nobody takes a message that says nothing, nor two of the user in a row. */
const shown = (answer: Message): Message =>
  answer.content.every(isBlank) ? { ...answer, content: [text('[nothing]')] } : answer

/** A tool step that failed is an error that the model sees: every tool_use has its tool_result. */
function toResult(step: string, entry: OutcomeEntry | undefined): ToolResult {
  if (!entry) throw new Error(`The journal has no tool step '${step}'.`)
  return entry.type === 'error' ? toolError(entry.error.message) : (entry.value as unknown as ToolResult)
}
