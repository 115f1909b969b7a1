/** One event of a text/event-stream. */
export interface SseEvent {
  readonly id?: string
  readonly event?: string
  readonly retry?: string
  /** Lines joined; absent where the event has no data field, empty where the field is. */
  readonly data?: string
}

/** Cuts a stream of text into its events; comments are left out. */
export class SseParser {
  #rest = ''

  /** The events that are complete with this piece. */
  push(text: string): SseEvent[] {
    const blocks = (this.#rest + text).split(/\r?\n\r?\n/)
    this.#rest = blocks.pop() ?? ''
    return blocks.map(parseEvent).filter((event) => Object.keys(event).length > 0)
  }
}

function parseEvent(block: string): SseEvent {
  const event: Record<string, string> = {}
  for (const line of block.split(/\r?\n/)) {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === '') continue
    event[field] = field === 'data' && event.data !== undefined ? `${event.data}\n${value}` : value
  }
  return event
}
