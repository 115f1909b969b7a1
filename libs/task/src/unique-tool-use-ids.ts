import { isToolUse, type Message } from './content.ts'

/**
 * The same conversation with every tool_use id once. Models and clients make the ids up, and some begin again with
 * each turn (`call_0`), which providers refuse.
 *
 * A later tool_use with an id that was there before gets a new one, and so does its result: the results right after a
 * turn belong, where several calls of it share an id, to those calls in order. What comes later never changes how an
 * earlier message reads.
 */
export function uniqueToolUseIds(messages: readonly Message[]): Message[] {
  const ids = new ToolUseIds()
  return messages.map((message) => ids.take(message))
}

/** Gives the ids, message by message. */
export class ToolUseIds {
  readonly #taken = new Set<string>()
  /** Those that it goes on after: of the conversation that it was forked from. */
  readonly #before: ReadonlySet<string>
  /** New ids of the newest turn by the ids that its calls came with, in order. */
  #given = new Map<string, string[]>()

  constructor(before: ReadonlySet<string> = new Set()) {
    this.#before = before
  }

  /** For messages that are to come next, and may come otherwise after all. */
  fork(): ToolUseIds {
    const fork = new ToolUseIds(this.#taken)
    fork.#given = new Map([...this.#given].map(([id, ids]) => [id, [...ids]]))
    return fork
  }

  /** The next message, as it reads then. */
  take(message: Message): Message {
    if (message.role === 'assistant') this.#given = new Map()
    const content = message.content.map((block) => {
      if (isToolUse(block)) {
        const id = this.#takeFree(block.id)
        this.#given.set(block.id, [...(this.#given.get(block.id) ?? []), id])
        return id === block.id ? block : { ...block, id }
      }
      const id = block.type === 'tool_result' ? this.#given.get(block.toolUseId as string)?.shift() : undefined
      return id === undefined || id === block.toolUseId ? block : { ...block, toolUseId: id }
    })
    return { ...message, content } as Message
  }

  #takeFree(id: string): string {
    let free = id
    for (let number = 2; this.#taken.has(free) || this.#before.has(free); number++) free = `${id}_${number}`
    this.#taken.add(free)
    return free
  }
}
