/** One event of text/event-stream. */
export interface StreamEvent {
  readonly id?: string
  /** Empty where the event only says where to resume. */
  readonly data: string
}

/** The events of a stream that have data or an id; comments are left out. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let line = ''
  let id: string | undefined
  let data: string[] = []
  for await (const chunk of body) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n')
    for (const [place, piece] of pieces.entries()) {
      line += piece
      // The last piece is the beginning of a line that is not complete.
      if (place === pieces.length - 1) break
      const [, field, value = ''] = /^([^:\r]*)(?:: ?([^\r]*))?\r?$/.exec(line) ?? []
      if (field === 'data') data.push(value)
      else if (field === 'id') id = value
      else if (field === '' && isEmpty(line)) {
        if (id !== undefined || data.length > 0) yield { ...(id !== undefined && { id }), data: data.join('\n') }
        id = undefined
        data = []
      }
      line = ''
    }
  }
}

const isEmpty = (line: string): boolean => line === '' || line === '\r'
