import { setTimeout as delay } from 'node:timers/promises'
import { CatalogAnnouncer, Connection, RedisClaimStore, Watch, Workers } from '@longhaul/store'
import {
  type CatalogEntry,
  type Claimed,
  type JournalEntry,
  type LiveWorker,
  type Outcome,
  type Question,
  type QuestionWait,
  readSettings,
  type Settings,
  type TaskHead,
  text,
} from '@longhaul/task'
import { pino } from 'pino'
import { startCoordinator } from '../src/index.ts'
import { EventReader } from './event-reader.ts'
import { call, type HttpAnswer, type HttpCall, open } from './http.ts'

const testSettings = (changed: Partial<Settings> = {}): Settings => ({
  ...readSettings({}),
  port: 0,
  taskTools: 'hidden',
  ...changed,
})

export type TestCoordinator = Awaited<ReturnType<typeof openCoordinator>>

/** A coordinator on a free port, and what it logs. */
export async function openCoordinator(url: string, changed: Partial<Settings> = {}) {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
  const { address, close } = await startCoordinator({ url, settings: testSettings(changed), log })
  return {
    address,
    close,
    /** JSON lines, at every level. */
    log: lines,
    call: (options: HttpCall) => call(address, options),
    initialize: (options?: InitializeOptions) => initialize(address, options),
  }
}

export interface InitializeOptions {
  readonly protocolVersion?: string
  readonly capabilities?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A client that has shaken hands; it may speak to any coordinator. */
export class TestSession {
  readonly headers: Readonly<Record<string, string>>
  readonly hello: HttpAnswer
  readonly #address: string
  #lastId = 0

  constructor(address: string, hello: HttpAnswer, headers: Readonly<Record<string, string>>) {
    this.#address = address
    this.hello = hello
    this.headers = { ...headers, 'mcp-session-id': String(hello.headers['mcp-session-id']) }
  }

  /** One message, answered at once. */
  send(body: object, address = this.#address): Promise<HttpAnswer> {
    return call(address, { headers: this.headers, body: { jsonrpc: '2.0', ...body } })
  }

  request(method: string, params?: object): Promise<HttpAnswer> {
    this.#lastId++
    return this.send({ id: this.#lastId, method, ...(params && { params }) })
  }

  /** One request, answered by a stream. */
  async stream(id: string | number, method: string, params: object): Promise<EventReader> {
    const body = { jsonrpc: '2.0', id, method, params }
    return new EventReader(await open(this.#address, { headers: this.headers, body }))
  }

  /** The session's own stream, or one that goes on after an event. */
  async listen({ after, address = this.#address }: { after?: string; address?: string } = {}): Promise<EventReader> {
    const headers = { ...this.headers, ...(after && { 'last-event-id': after }) }
    return new EventReader(await open(address, { method: 'GET', headers }))
  }

  /** A task of a tool. */
  async createTask(name: string, args: object = {}, more: object = {}): Promise<string> {
    const { body } = await this.request('tools/call', { name, arguments: args, task: {}, ...more })
    return body.result.task.taskId
  }
}

async function initialize(address: string, options: InitializeOptions = {}): Promise<TestSession> {
  const { protocolVersion = '2025-11-25', capabilities = {}, headers = {} } = options
  const params = { protocolVersion, capabilities, clientInfo: { name: 'test', version: '1' } }
  const hello = await call(address, { headers, body: { jsonrpc: '2.0', id: 0, method: 'initialize', params } })
  return new TestSession(address, hello, headers)
}

const tool = (changed: Partial<CatalogEntry> & { name: string }): CatalogEntry => ({
  description: 'Looks.',
  inputSchema: { type: 'object', properties: { at: { type: 'string' } } },
  taskSupport: 'optional',
  queue: 'default',
  needs: {},
  definition: 'd1',
  ...changed,
})

const TOOLS: readonly CatalogEntry[] = [
  tool({ name: 'look' }),
  tool({ name: 'only_plain', taskSupport: 'forbidden' }),
  tool({ name: 'only_task', taskSupport: 'required' }),
  tool({ name: 'asks_first', asksFirst: ['q1'] }),
  tool({ name: 'thinker', needs: { sampling: 'tools' } }),
]

const SELF: LiveWorker = {
  ...{ id: 'test', host: 'here', pid: 1, version: '1.0.0', queues: ['default'], concurrency: 1, running: 0 },
  ...{ tools: [], versions: {}, refusedWrites: 0, startedAt: 0, beatAt: 0 },
}

export type TestWorker = Awaited<ReturnType<typeof openWorker>>

/** A worker whose every move is the test's: it lists TOOLS, and does with a task what it is told. */
export async function openWorker(url: string) {
  const settings = testSettings()
  const connection = new Connection({ url, settings, whenAway: 'wait' })
  const claims = new RedisClaimStore(connection, settings)
  const announce = (changed: readonly (Partial<CatalogEntry> & { name: string })[] = []) => {
    const others = TOOLS.filter(({ name }) => !changed.some((entry) => entry.name === name))
    return new CatalogAnnouncer(connection, settings).announce([...others, ...changed.map(tool)])
  }
  await announce()
  // As long as a test takes.
  await new Workers(connection, new Watch(connection), { ...settings, heartbeatMs: 600_000 }).beat(SELF)
  const claim = async (taskId: string): Promise<Claimed> => {
    const claimed = await claims.claim(taskId, { worker: 'test', leaseMs: 60_000 })
    if (claimed.kind !== 'claimed') throw new Error(`The task is ${claimed.kind}.`)
    return claimed
  }
  return {
    /** Lists the tools again, some of them changed. */
    announce,
    claim,
    /** The task of a prompt, a resource or a completion that nobody has claimed yet, once there is one. */
    served: () => findReady(connection, ({ serves }) => serves !== undefined),
    /** The task of a tool that nobody has claimed yet, once there is one. */
    called: () => findReady(connection, ({ serves }) => serves === undefined),
    /** Asks, and lets go of the task. */
    ask: async (taskId: string, ...questions: { key: string; question: Question; entries?: JournalEntry[] }[]) => {
      const { ledger } = await claim(taskId)
      const waits = questions.map(({ key, question }) => toWait(key, question))
      const entries = questions.flatMap((one) => one.entries ?? [])
      await ledger.suspend({ entries, waits, dueAt: Date.now() + 3600_000 })
    },
    finish: async (taskId: string, outcome: Outcome = { kind: 'result', result: { content: [text('seen')] } }) => {
      const { ledger } = await claim(taskId)
      await ledger.finish({ entries: [], waits: [], outcome })
    },
    /** Everything that is in the store, as text. */
    stored: () => readAll(connection),
    close: () => connection.close(),
  }
}

async function readAll(connection: Connection): Promise<string> {
  const keys = await connection.send((redis) => redis.keys('*'))
  const read = keys.map((key) =>
    connection.send(async (redis) => {
      switch (await redis.type(key)) {
        case 'string':
          return redis.get(key)
        case 'hash':
          return redis.hgetall(key)
        case 'list':
          return redis.lrange(key, '0', '-1')
        case 'set':
          return redis.smembers(key)
        case 'zset':
          return redis.zrange(key, '0', '-1')
        default:
          return redis.xrange(key, '-', '+')
      }
    }),
  )
  return JSON.stringify([keys, await Promise.all(read)])
}

async function findReady(connection: Connection, isMeant: (head: TaskHead) => boolean): Promise<string> {
  for (;;) {
    const keys = await connection.send((redis) => redis.keys('{lh:*}:task:*'))
    for (const key of keys) {
      const [head, run] = await connection.send((redis) => redis.hmget(key, 'head', 'run'))
      if (run === 'ready' && isMeant(JSON.parse(head ?? '{}'))) return key.split(':task:')[1] ?? ''
    }
    await delay(2)
  }
}

const toWait = (key: string, question: Question): QuestionWait => ({
  wait: 'question',
  key,
  kind: 'question',
  input: '',
  at: Date.now(),
  deadline: Date.now() + 3600_000,
  question,
})

/** A form with one box to tick. */
export const FORM = {
  method: 'elicitation/create',
  message: 'Go on?',
  requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
} as const satisfies Question

/** Says something again and again until `heard` has settled: a stream may not listen yet. */
export async function untilHeard(heard: Promise<unknown>, say: () => Promise<unknown>): Promise<void> {
  let isHeard = false
  const note = () => {
    isHeard = true
  }
  heard.then(note, note)
  while (!isHeard) await say()
}
