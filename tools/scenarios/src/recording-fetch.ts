import { type SseEvent, SseParser } from '@longhaul/testbed'
import type { WireMessage } from './message.ts'

/** An HTTP request of a client. */
export interface Sent {
  readonly method: string
  readonly headers: Headers
  /** Undefined where there is none, or none that can be read. */
  readonly message: WireMessage | undefined
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
    const exchange = listener.sent({ method, headers: new Headers(init?.headers), message: readMessage(sent) })
    const response = await base(input, init)
    exchange.answered?.(response)
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) return tap(response, (event) => noteEvent(event, exchange))
    const body = await response.text()
    if (type.startsWith('application/json')) exchange.received(JSON.parse(body) as WireMessage, undefined)
    else if (body !== '') listener.complain(`HTTP ${response.status} with a body that is no message: ${body}`)
    return new Response(body === '' ? null : body, response)
  }
}

/** Some tests send what is not JSON. */
function readMessage(body: unknown): WireMessage | undefined {
  if (typeof body !== 'string') return undefined
  try {
    return Object(JSON.parse(body)) as WireMessage
  } catch {
    return undefined
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
