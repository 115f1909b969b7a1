import { cutsOf } from './compaction.ts'
import type { Message } from './content.ts'
import { chainOf, type OutcomeOf } from './conversation-chain.ts'
import { speak } from './conversation-view.ts'
import { type Conversation, Conversations } from './conversations.ts'
import { isOutcome, type JournalEntry, type OutcomeEntry, type Said } from './journal.ts'
import { uniqueToolUseIds } from './unique-tool-use-ids.ts'

/** A journal, and the task that it is of. */
export interface TaskJournal {
  readonly taskId: string
  readonly journal: readonly JournalEntry[]
}

/**
 * The conversation that `said` ends, as its model sees it, oldest message first, from what the journal holds.
 *
 * Each model step recorded what was new to it; this walks `after` back to the beginning and forward again, and leaves
 * out what the newest compaction does. Every tool_use has an id of its own, whatever ids models and clients made up.
 * @throws Error when the journal lacks a step that `said` refers to: then it is not this task's journal.
 */
export function renderTranscript(said: Said, { taskId, journal }: TaskJournal): Conversation {
  return new Conversations({ taskId, outcomeOf: outcomesOf(journal) }).render(said)
}

/** What a compaction left out of a conversation, in places of its messages, from 0. */
export interface LeftOut {
  /** The first answer that was given without them. */
  readonly since: number
  readonly from: number
  /** The first message after them. */
  readonly to: number
  readonly policy: 'trim' | 'summarise'
  readonly summary?: string
}

/** The conversation that `said` ends, with nothing left out, and what was left out for its model. @throws Error */
export function renderWhole(
  said: Said,
  { taskId, journal }: TaskJournal,
): { readonly messages: readonly Message[]; readonly leftOut: readonly LeftOut[] } {
  const outcomeOf = outcomesOf(journal)
  const links = chainOf(said, outcomeOf)
  const spoken = links.map((link) => speak(link, { taskId, outcomeOf }))
  const answersAt = spoken.map((_, place) => spoken.slice(0, place + 1).flat().length - 1)
  const from = links[0]?.said.messages.length ?? 0
  const leftOut = cutsOf(links, outcomeOf).map((cut): LeftOut => {
    const { compaction, summary } = cut
    // The newest link may have no answer yet.
    const since = (answersAt[cut.at] ?? 0) + (links[cut.at]?.answer ? 0 : 1)
    const shown = { policy: compaction.policy, ...(summary !== undefined && { summary }) }
    return { since, from, to: answersAt[cut.from] ?? 0, ...shown }
  })
  return { messages: uniqueToolUseIds(spoken.flat().map(({ message }) => message)), leftOut }
}

function outcomesOf(journal: readonly JournalEntry[]): OutcomeOf {
  const outcomes = new Map<string, OutcomeEntry>()
  // The first outcome of a key counts.
  for (const entry of journal.toReversed()) if (isOutcome(entry)) outcomes.set(entry.key, entry)
  return (key) => outcomes.get(key)
}
