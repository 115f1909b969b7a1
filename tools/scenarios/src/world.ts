import { fileURLToPath } from 'node:url'
import { type Stack, startStack } from '@longhaul/testbed'
import { LegacyConversation } from './legacy-conversation.ts'
import { legacyDialect } from './legacy-dialect.ts'
import { MessageRecord } from './message-record.ts'
import { ModernConversation } from './modern-conversation.ts'
import { modernDialect } from './modern-dialect.ts'
import { recordingFetch } from './recording-fetch.ts'
import type { Served } from './wire-http.ts'

const PROJECT = fileURLToPath(new URL('../fixtures/project', import.meta.url))

/** API keys of the run: two people, somebody who may read the tasks of others, and two who may answer them, too. */
const KEYS = {
  alice: 'alice-0123456789abcdef',
  bob: 'bob-0123456789abcdef',
  reader: 'reader-0123456789abcdef',
  carol: 'carol-0123456789abcdef',
  dave: 'dave-0123456789abcdef',
} as const
export type Person = keyof typeof KEYS
/** The era whose messages a client speaks. */
export type Era = 'legacy' | 'modern'
/** Which of the coordinators, in the order in which they started. */
export type Coordinator = number

const APPROVERS = ['carol', 'dave'] as const

/** Tasks on one page of a list, so that a test soon has several. */
export const PAGE_SIZE = 3
const POLL_INTERVAL_MS = 50
export const DEFAULT_TTL_MS = 3_600_000
export const MAX_TTL_MS = 7_200_000
export const RETENTION_MS = 1_800_000
/** Of pages that may call. */
export const PAGE_ORIGIN = 'https://app.example'
/** Small enough that a client has sent it all before it reads that it was too much. */
export const MAX_BODY_BYTES = 50_000

const ENV = {
  FIXTURE_NODE: process.execPath,
  LONGHAUL_API_KEYS: [
    ...[`alice=${KEYS.alice}`, `bob=${KEYS.bob}`, `reader=${KEYS.reader} tasks:read`],
    ...APPROVERS.map((person) => `${person}=${KEYS[person]} tasks:read tasks:answer`),
  ].join(','),
  LONGHAUL_ALLOWED_ORIGINS: PAGE_ORIGIN,
  LONGHAUL_LIST_PAGE_SIZE: String(PAGE_SIZE),
  LONGHAUL_POLL_INTERVAL_MS: String(POLL_INTERVAL_MS),
  LONGHAUL_DEFAULT_TTL_MS: String(DEFAULT_TTL_MS),
  LONGHAUL_MAX_TTL_MS: String(MAX_TTL_MS),
  LONGHAUL_RESULT_RETENTION_MS: String(RETENTION_MS),
  LONGHAUL_MAX_BODY_BYTES: String(MAX_BODY_BYTES),
  LONGHAUL_TASK_TOOLS: 'hidden',
  LONGHAUL_LOG_LEVEL: 'warn',
}

/** Two coordinators and two workers over one store, and a record of every message that their clients are sent. */
export class World implements Served {
  readonly records: Readonly<Record<Era, MessageRecord>> = {
    legacy: new MessageRecord(legacyDialect()),
    modern: new MessageRecord(modernDialect()),
  }
  readonly #env: NodeJS.ProcessEnv
  #stack: Stack | undefined

  /** `env`: settings that differ from the usual ones. */
  constructor(env: NodeJS.ProcessEnv = {}) {
    this.#env = env
  }

  async start(): Promise<void> {
    const env = { ...ENV, ...this.#env }
    this.#stack = await startStack({ project: PROJECT, env, onLine: (line) => console.warn(line) })
  }

  async stop(): Promise<void> {
    await this.#stack?.stop()
  }

  get stack(): Stack {
    if (!this.#stack) throw new Error('The world has not been started.')
    return this.#stack
  }

  /** Endpoint of a coordinator; a client's `fetch` sends each request to the other one in turn all the same. */
  get url(): URL {
    return this.stack.url()
  }

  client(era: Era): (at?: Coordinator) => typeof fetch {
    const record = this.records[era]
    const conversation = era === 'legacy' ? new LegacyConversation(record) : new ModernConversation(record)
    return (at) => {
      const base: typeof fetch =
        at === undefined ? this.stack.roundRobin : (_url, init) => fetch(this.stack.url(at), init)
      return recordingFetch(base, conversation)
    }
  }
}

export const keyOf = (person: Person): string => KEYS[person]

export const authorization = (person: Person) => ({ authorization: `Bearer ${KEYS[person]}` })
