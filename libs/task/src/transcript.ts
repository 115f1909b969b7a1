import type { Message, ModelAnswer, ToolResultBlock } from './content.ts'
import type { JournalEntry, Said } from './journal.ts'

/**
 * The messages of a conversation, oldest first, from what the journal holds.
 *
 * Each model step recorded what was new to it; this walks `after` back to the beginning and forward again.
 * @throws Error when the journal lacks a step that `said` refers to: then it is not this task's journal.
 */
export function renderTranscript(said: Said, journal: readonly JournalEntry[]): Message[] {
  const outcomes = new Map<string, JournalEntry>()
  for (const entry of journal) if (entry.type !== 'intent') outcomes.set(entry.key, entry)

  const chain: { said: Said; answer?: Message }[] = [{ said }]
  for (let key = said.after; key !== undefined; ) {
    const entry = outcomes.get(key)
    if (entry?.type !== 'value' || !entry.said) throw new Error(`The journal has no model step '${key}'.`)
    const answer = entry.value as unknown as ModelAnswer
    chain.push({ said: entry.said, answer: { role: 'assistant', content: answer.content } })
    key = entry.said.after
  }

  const messages: Message[] = []
  for (const link of chain.reverse()) {
    for (const part of link.said.messages) {
      messages.push(
        'role' in part
          ? part
          : { role: 'user', content: part.results.map((key) => toolResult(key, outcomes.get(key))) },
      )
    }
    if (link.answer) messages.push(link.answer)
  }
  return messages
}

function toolResult(key: string, entry: JournalEntry | undefined): ToolResultBlock {
  if (entry?.type !== 'value') throw new Error(`The journal has no tool result '${key}'.`)
  return entry.value as unknown as ToolResultBlock
}
