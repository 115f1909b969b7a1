import { type SseEvent, SseParser } from '@longhaul/testbed'
import type { WireMessage } from './message.ts'

/** An HTTP request of a client. */
export interface Sent {
  readonly method: string
  readonly headers: Headers
  /** None where there is none that can be read; several in a batch. */
  readonly messages: readonly WireMessage[]
}

/** One HTTP request, and what comes back for it. */
export interface Exchange {
  /** The headers of the response are there. */
  answered?(response: Response): void
  received(message: WireMessage, eventId: string | undefined): void
  /** An event without data, which only says where the client can resume. */
  marked(eventId: string): void
}

/** Whoever listens to all that a client says and is told. */
export interface Listener {
  sent(request: Sent): Exchange
  complain(problem: string): void
}

/** A `fetch` that lets every message pass unchanged, and tells a listener of it. */
export function recordingFetch(base: typeof fetch, listener: Listener): typeof fetch {
  return async (input, init) => {
    const { method = 'GET', body: sent } = init ?? {}
    const exchange = listener.sent({ method, headers: new Headers(init?.headers), messages: readMessages(sent) })
    const response = await base(input, init)
    exchange.answered?.(response)
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) return tap(response, (event) => noteEvent(event, exchange))
    const body = await response.text()
    if (type.startsWith('application/json')) {
      for (const message of [JSON.parse(body)].flat() as WireMessage[]) exchange.received(message, undefined)
    } else if (body !== '') listener.complain(`HTTP ${response.status} with a body that is no message: ${body}`)
    return new Response(body === '' ? null : body, response)
  }
}

/** Some tests send what is not JSON. */
function readMessages(body: unknown): readonly WireMessage[] {
  if (typeof body !== 'string') return []
  try {
    return [JSON.parse(body)].flat().map((message) => Object(message) as WireMessage)
  } catch {
    return []
  }
}

function noteEvent({ id, data }: SseEvent, exchange: Exchange): void {
  if (data) exchange.received(JSON.parse(data) as WireMessage, id)
  else if (id !== undefined) exchange.marked(id)
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
