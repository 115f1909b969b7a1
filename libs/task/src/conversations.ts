import type { Message, SamplingOptions } from './content.ts'
import { chainOf, linkOf } from './conversation-chain.ts'
import { type Source, speak, viewOf } from './conversation-view.ts'
import type { Said } from './journal.ts'
import { ToolUseIds } from './unique-tool-use-ids.ts'

export interface Conversation {
  readonly messages: readonly Message[]
  readonly options: SamplingOptions
}

/** What a model has seen and said so far. It grows with each turn. */
interface Thread {
  readonly messages: Message[]
  readonly ids: ToolUseIds
  options: SamplingOptions
  /** The same as JSON, once somebody has asked. */
  optionsText: string | undefined
}

/**
 * The conversations of a task, as their models see them. What a turn adds is rendered once, however many turns come after
 * it.
 */
export class Conversations {
  readonly #source: Source
  /** By the model step that they end with: a conversation that goes on is there under its newest step alone. */
  readonly #threads = new Map<string, Thread>()

  constructor(source: Source) {
    this.#source = source
  }

  /**
   * The conversation that `said` ends, oldest message first.
   * @throws Error when the journal lacks a step that `said` refers to: then it is not this task's journal.
   */
  render(said: Said): Conversation {
    if (said.after === undefined || said.compaction !== undefined) {
      const { messages, options } = begin(said, this.#source)
      return { messages, options }
    }
    const thread = this.#upTo(said.after)
    const ids = thread.ids.fork()
    const news = speak({ said }, this.#source).map(({ message }) => ids.take(message))
    return { messages: [...thread.messages, ...news], options: said.options ?? thread.options }
  }

  /** Whether the conversation that ends with the model step has these options. @throws Error as `render` does */
  hasOptions(step: string, options: SamplingOptions): boolean {
    const thread = this.#upTo(step)
    thread.optionsText ??= JSON.stringify(thread.options)
    return thread.optionsText === JSON.stringify(options)
  }

  #upTo(step: string): Thread {
    const known = this.#threads.get(step)
    if (known) return known
    const thread = this.#grow(step) ?? begin({ after: step, messages: [] }, this.#source)
    this.#threads.set(step, thread)
    return thread
  }

  /** The conversation that the step continued, with its turn; undefined where that is not known, or it saw less of it. */
  #grow(step: string): Thread | undefined {
    const link = linkOf(step, this.#source.outcomeOf)
    const { after, compaction, options } = link.said
    const thread = after === undefined || compaction !== undefined ? undefined : this.#threads.get(after)
    if (after === undefined || !thread) return undefined
    this.#threads.delete(after)
    for (const { message } of speak(link, this.#source)) thread.messages.push(thread.ids.take(message))
    return options ? Object.assign(thread, { options, optionsText: undefined }) : thread
  }
}

/** Walks `after` back to the beginning and forward again, and leaves out what the newest compaction does. */
function begin(said: Said, source: Source): Thread {
  const links = chainOf(said, source.outcomeOf)
  const options = links.findLast((link) => link.said.options)?.said.options
  if (!options) throw new Error('The journal has a conversation without options.')
  const ids = new ToolUseIds()
  const messages = viewOf(links, source).map(({ message }) => ids.take(message))
  return { messages, ids, options, optionsText: undefined }
}
