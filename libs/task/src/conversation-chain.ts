import { isBlank, type Message, type ModelAnswer, text } from './content.ts'
import type { OutcomeEntry, Said } from './journal.ts'

/** What a journal has under a key. */
export type OutcomeOf = (key: string) => OutcomeEntry | undefined

/** One turn of a conversation: what was new to the model, and what it said then. */
export interface Link {
  readonly said: Said
  /** The model step; absent on the newest link where the model has not said anything yet. */
  readonly key?: string
  readonly answer?: Message
}

/**
 * The turns of the conversation that `said` ends, oldest first: walks `after` back to the beginning.
 * @throws Error when the journal lacks a step that `said` refers to: then it is not this task's journal.
 */
export function chainOf(said: Said, outcomeOf: OutcomeOf): Link[] {
  const links: Link[] = [{ said }]
  for (let key = said.after; key !== undefined; ) {
    const link = linkOf(key, outcomeOf)
    links.push(link)
    key = link.said.after
  }
  return links.reverse()
}

/** The turn that a model step took. @throws Error when the journal has no such step */
export function linkOf(key: string, outcomeOf: OutcomeOf): Link {
  const entry = outcomeOf(key)
  if (entry?.type !== 'value' || !entry.said) throw new Error(`The journal has no model step '${key}'.`)
  const { content } = entry.value as unknown as ModelAnswer
  return { said: entry.said, key, answer: shown({ role: 'assistant', content }) }
}

/** Nobody takes a message that says nothing, nor two of the user in a row. */
const shown = (answer: Message): Message =>
  answer.content.every(isBlank) ? { ...answer, content: [text('[nothing]')] } : answer
