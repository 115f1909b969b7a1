import { SseParser } from '@longhaul/testbed'
import type { WireMessage } from './message.ts'
import { WireStream } from './wire-stream.ts'
import { authorization, type Coordinator, type Era, type Person } from './world.ts'

export interface HttpVia {
  /** The coordinator that is asked; each in turn when absent. */
  readonly at?: Coordinator
  readonly headers?: Readonly<Record<string, string>>
}

/** An installation as clients reach it. */
export interface Served {
  readonly url: URL
  /** What a new client fetches with: from each coordinator in turn, or from the one it names. */
  client(era: Era): (at?: Coordinator) => typeof fetch
}

/** What came back for one HTTP request. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** All messages in it, from JSON or from an event stream. */
  readonly messages: readonly WireMessage[]
  /** The last of them; empty where there is none. */
  readonly message: WireMessage
}

const POST = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
const GET = { accept: 'text/event-stream' }

/** The HTTP requests of one client, each of them recorded. */
export class WireHttp {
  readonly #served: Served
  readonly #person: Person
  readonly #fetch: (at?: Coordinator) => typeof fetch

  constructor(served: Served, person: Person, era: Era = 'legacy') {
    this.#served = served
    this.#person = person
    this.#fetch = served.client(era)
  }

  async post(body: string, via?: HttpVia): Promise<Reply> {
    return toReply(await this.#send({ method: 'POST', body, headers: POST }, via))
  }

  async remove(via?: HttpVia): Promise<Reply> {
    return toReply(await this.#send({ method: 'DELETE' }, via))
  }

  /** Resolves when the headers are there. */
  openByPost(body: string, via?: HttpVia): Promise<WireStream> {
    return this.#open({ method: 'POST', body, headers: POST }, via)
  }

  openByGet(via?: HttpVia): Promise<WireStream> {
    return this.#open({ method: 'GET', headers: GET }, via)
  }

  async #open(init: RequestInit, via?: HttpVia): Promise<WireStream> {
    const abort = new AbortController()
    return new WireStream(await this.#send({ ...init, signal: abort.signal }, via), abort)
  }

  #send(init: RequestInit, { at, headers }: HttpVia = {}): Promise<Response> {
    const all = new Headers({ ...authorization(this.#person), ...(init.headers as Record<string, string>), ...headers })
    return this.#fetch(at)(this.#served.url, { ...init, headers: all })
  }
}

export async function toReply(response: Response): Promise<Reply> {
  const { status, headers } = response
  const text = await response.text()
  const messages = messagesIn(text, headers.get('content-type') ?? '')
  return { status, headers, text, messages, message: messages.at(-1) ?? {} }
}

function messagesIn(text: string, type: string): readonly WireMessage[] {
  if (text === '') return []
  const isStream = type.startsWith('text/event-stream')
  const json = isStream ? new SseParser().push(text).flatMap(({ data }) => data || []) : [text]
  return json.flatMap((one) => JSON.parse(one) as WireMessage | WireMessage[])
}
