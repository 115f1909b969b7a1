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
  const taken = new Set<string>()
  /** New ids of the newest turn by the ids that its calls came with, in order. */
  let given = new Map<string, string[]>()

  return messages.map((message): Message => {
    if (message.role === 'assistant') given = new Map()
    const content = message.content.map((block) => {
      if (isToolUse(block)) {
        const id = firstFree(block.id, taken)
        taken.add(id)
        given.set(block.id, [...(given.get(block.id) ?? []), id])
        return id === block.id ? block : { ...block, id }
      }
      const id = block.type === 'tool_result' ? given.get(block.toolUseId as string)?.shift() : undefined
      return id === undefined || id === block.toolUseId ? block : { ...block, toolUseId: id }
    })
    return { ...message, content } as Message
  })
}

function firstFree(id: string, taken: ReadonlySet<string>): string {
  let free = id
  for (let number = 2; taken.has(free); number++) free = `${id}_${number}`
  return free
}
