import { type SseEvent, SseParser } from '@longhaul/testbed'
import type { Conversation } from './conversation.ts'
import type { WireMessage } from './message.ts'
import type { MessageRecord } from './message-record.ts'

/** A `fetch` that lets every message pass unchanged, and notes what the client said and what it was told. */
export function recordingFetch(base: typeof fetch, record: MessageRecord, conversation: Conversation): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    if (typeof init?.body === 'string') noteSent(init.body, conversation)
    const response = await base(input, init)
    const over = init?.method === 'GET' && headers.has('last-event-id') ? 'GET resumed' : (init?.method ?? 'GET')
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) return tap(response, (event) => noteEvent(event, over, conversation))
    const body = await response.text()
    if (type.startsWith('application/json')) conversation.received(JSON.parse(body) as WireMessage, { over })
    else if (body !== '') record.complain(`HTTP ${response.status} with a body that is no message: ${body}`)
    return new Response(body === '' ? null : body, response)
  }
}

function noteSent(body: string, conversation: Conversation): void {
  try {
    conversation.sent(JSON.parse(body) as WireMessage)
  } catch {
    // Some tests send what is not JSON.
  }
}

function noteEvent({ id, data }: SseEvent, over: string, conversation: Conversation): void {
  // An event without data only says where the client can resume.
  if (data) conversation.received(JSON.parse(data) as WireMessage, { over, ...(id !== undefined && { eventId: id }) })
  else if (id !== undefined) conversation.eventId(id)
}

function tap(response: Response, onEvent: (event: SseEvent) => void): Response {
  const parser = new SseParser()
  const decoder = new TextDecoder()
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        for (const event of parser.push(decoder.decode(chunk, { stream: true }))) onEvent(event)
        controller.enqueue(chunk)
      },
    }),
  )
  return new Response(body, response)
}
