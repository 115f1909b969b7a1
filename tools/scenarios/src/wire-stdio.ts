import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isRequest, isResponse, type WireMessage } from './message.ts'
import { type Era, keyOf, type Person, type World } from './world.ts'

const MAIN = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))

type Params = { readonly [name: string]: unknown }

/** How a client starts `longhaul stdio` for an installation that runs. */
export const stdioCommand = (url: URL, person: Person = 'alice') => ({
  command: process.execPath,
  args: [MAIN, 'stdio', '--url', url.href],
  env: { LONGHAUL_API_KEY: keyOf(person), LONGHAUL_LOG_LEVEL: 'warn', LONGHAUL_MAX_BODY_BYTES: '50000' },
})

export interface StdioOptions {
  readonly era?: Era
  readonly person?: Person
  readonly url?: URL
}

/**
 * A client of `longhaul stdio` that writes lines and reads lines. Everything on its standard output has to be a message
 * that fits its schema, and the rules of its era.
 */
export class WireStdio {
  readonly #world: World
  readonly #era: Era
  readonly #child: ChildProcessWithoutNullStreams
  readonly #news = new EventEmitter().setMaxListeners(0)
  /** What each request asked, by its id. */
  readonly #asked = new Map<string | number, string>()
  readonly #answered = new Set<string | number>()
  readonly #cancelled = new Set<string | number>()
  readonly #messages: WireMessage[] = []
  readonly #exited: Promise<number | null>
  #isOver = false

  constructor(world: World, { era = 'legacy', person = 'alice', url = world.url }: StdioOptions = {}) {
    const { command, args, env } = stdioCommand(url, person)
    this.#world = world
    this.#era = era
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.resume()
    this.#exited = once(this.#child, 'close').then(([code]) => {
      this.#isOver = true
      this.#news.emit('news')
      return code
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#received(line))
  }

  /** All that it has written. */
  get messages(): readonly WireMessage[] {
    return this.#messages
  }

  /** Writes any text as a line. */
  write(text: string): void {
    this.#child.stdin.write(`${text}\n`)
  }

  send(message: object): void {
    this.write(JSON.stringify({ jsonrpc: '2.0', ...message }))
  }

  /** Says what requests will ask that are written as text. */
  expect(method: string, ...ids: readonly (string | number)[]): void {
    for (const id of ids) this.#asked.set(id, method)
  }

  request(id: string | number, method: string, params: Params = {}): void {
    this.#asked.set(id, method === 'tools/call' ? nameCall(this.#era, params) : method)
    this.send({ id, method, params })
  }

  /** Asks, and waits for the answer. */
  async ask(id: string | number, method: string, params?: Params): Promise<WireMessage> {
    this.request(id, method, params)
    return this.answerTo(id)
  }

  answerTo(id: string | number): Promise<WireMessage> {
    return this.heard((message) => isResponse(message) && message.id === id)
  }

  cancel(id: string | number): void {
    this.#cancelled.add(id)
    this.send({ method: 'notifications/cancelled', params: { requestId: id } })
  }

  /** The first message that fits, be it long since there. */
  async heard(fits: (message: WireMessage) => boolean): Promise<WireMessage> {
    for (;;) {
      const found = this.#messages.find(fits)
      if (found) return found
      if (this.#isOver) throw new Error(`It ended before that came. It had said: ${JSON.stringify(this.#messages)}`)
      await once(this.#news, 'news')
    }
  }

  /** Closes its standard input. @returns its exit code */
  end(): Promise<number | null> {
    this.#child.stdin.end()
    return this.#exited
  }

  /** @returns its exit code, or null where the signal ended it */
  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return this.#exited
  }

  #received(line: string): void {
    const message = parse(line)
    const record = this.#world.records[this.#era]
    if (!message) {
      record.complain(`Standard output had what is no message (R4): ${line}`)
      return
    }
    const { id } = message
    record.count(message, id === undefined ? undefined : this.#asked.get(id))
    if (isRequest(message) && this.#era === 'modern') record.complain(`A request of the server (P13, R5): ${line}`)
    if (isResponse(message) && id !== undefined) {
      if (this.#answered.has(id)) record.complain(`A second response to one request: ${line}`)
      if (this.#cancelled.has(id)) record.complain(`A response to a request that was cancelled (R5): ${line}`)
      this.#answered.add(id)
    }
    this.#messages.push(message)
    this.#news.emit('news')
  }
}

/** What the schema has of a call depends on whether it may be answered with a task. */
function nameCall(era: Era, { task, _meta }: Params): string {
  const { extensions } = Object(Object(_meta)['io.modelcontextprotocol/clientCapabilities'])
  if (era === 'legacy') return task === undefined ? 'tools/call' : 'tools/call as a task'
  return extensions?.['io.modelcontextprotocol/tasks'] ? 'tools/call with tasks' : 'tools/call'
}

function parse(line: string): WireMessage | undefined {
  try {
    return JSON.parse(line) as WireMessage
  } catch {
    return undefined
  }
}
