import { Engine } from '@longhaul/engine'
import { Connection, RedisClaimStore, RedisOpenTasks, RedisTaskStore, taskKeys } from '@longhaul/store'
import { type CatalogEntry, newTaskId, readSettings, text } from '@longhaul/task'
import { compare } from '../compare.ts'
import type { Group } from '../figure.ts'
import { ratePerSecond } from '../load.ts'
import { fillBareRecords } from '../reference/bare-records.ts'
import { commandMicroseconds, processorMicroseconds } from '../server-cost.ts'
import { type BenchStore, startBenchStore } from '../start-bench-store.ts'
import { PRINCIPAL } from '../submitter.ts'

const AT_ONCE = 500
/** As many as the store reads of a record for a look at its task. */
const FIELDS_OF_A_LOOK = 11
const LIMIT = { of: 'ratio', bound: 'at most', limit: 1.2 } as const

/** Finished tasks that are still kept, all of one owner, which is the worst case: they share their sorted sets. */
export const retained: Group = {
  name: 'retained',
  figures: [
    {
      name: 'retained',
      what: 'µs of the store per submit (its wake-up left out) beside many finished tasks, and beside few',
      target: LIMIT,
    },
    { name: 'retainedGet', what: 'µs of the store per look at a task beside many, and beside few', target: LIMIT },
    {
      name: 'retainedGetCpu',
      what: 'µs of the server’s processor per look at a task, its reading and writing included, beside many, and beside few',
    },
    { name: 'retainedList', what: 'µs of the store per page of the list beside many, and beside few', target: LIMIT },
    {
      name: 'retainedBare',
      what: 'µs of the store per look at a bare hash of the same fields among as many, and among as few: what memory costs',
    },
  ],
  async measure({ rounds, retained: { few, many, probes } }, note) {
    const stores = await Promise.all(Array.from({ length: 4 }, startBenchStore))
    const [bigStore, smallStore, bigBare, smallBare] = stores as [BenchStore, BenchStore, BenchStore, BenchStore]
    const [big, small] = await Promise.all([open(bigStore), open(smallStore)])
    try {
      note(`${many} tasks are submitted, claimed and finished`)
      await Promise.all([big.finishTasks(many), small.finishTasks(few)])
      note('bare hashes')
      const record = await small.anyRecord()
      const bare = {
        big: await openBare(bigBare, record, many),
        small: await openBare(smallBare, record, few),
      }
      const contest = async (verb: 'submit' | 'get' | 'list', spent = commandMicroseconds) => {
        note(verb)
        const value = () => big.cost(verb, probes, spent)
        const reference = () => small.cost(verb, probes, spent)
        return compare({ rounds, value, reference })
      }
      return {
        retained: await contest('submit'),
        retainedGet: await contest('get'),
        retainedGetCpu: await contest('get', processorMicroseconds),
        retainedList: await contest('list'),
        retainedBare: await compare({
          rounds,
          value: () => bare.big.cost(probes),
          reference: () => bare.small.cost(probes),
        }),
      }
    } finally {
      await Promise.all([big.close(), small.close()])
      await Promise.all(stores.map((store) => store.stop()))
    }
  },
}

const TOOL: CatalogEntry = {
  name: 'look',
  description: 'Looks.',
  inputSchema: { type: 'object', properties: { topic: { type: 'string' } } },
  taskSupport: 'optional',
  queue: 'default',
  needs: {},
  definition: 'd1',
}
const ARGUMENTS = { topic: 'tea' }
const AUDIENCE = { sampling: 'none', elicitation: false } as const

/** The engine and the claims of a store that has no worker, so that nothing else is in what is counted. */
async function open({ url, redis }: BenchStore) {
  const settings = readSettings({})
  const connection = new Connection({ url, settings, whenAway: 'wait' })
  const store = new RedisTaskStore(connection, settings)
  const claims = new RedisClaimStore(connection, settings)
  // Nobody announces here, and it takes longer to fill the store than a tool stays listed.
  const catalog = { entries: async () => [TOOL], find: async () => TOOL }
  const wakeUps = { wake: async () => {} }
  const openTasks = new RedisOpenTasks(connection)
  const engine = new Engine({ store, wakeUps, catalog, openTasks, settings, onWakeUpLost: () => {} })
  const submit = () => engine.submit({ principal: PRINCIPAL, tool: TOOL.name, args: ARGUMENTS, audience: AUDIENCE })
  const { owner } = PRINCIPAL
  const ids: string[] = []
  /** Created a while ago, so that what is submitted while it is measured is at the other end of the list. */
  const head = { tool: TOOL.name, definition: '', queue: 'default', owner, ttlMs: 86_400_000, audience: AUDIENCE }
  const finishOne = async () => {
    const id = newTaskId(owner)
    await store.create({ id, head: { ...head, createdAt: Date.now() - 3600_000 + ids.length }, args: ARGUMENTS })
    const claimed = await claims.claim(id, { worker: 'bench', leaseMs: 60_000 })
    if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
    const outcome = { kind: 'result', result: { content: [text('done')] } } as const
    await claimed.ledger.finish({ entries: [], waits: [], outcome })
    ids.push(id)
  }
  const anyId = () => ids[Math.floor(Math.random() * ids.length)] ?? ''
  const verbs = {
    submit,
    get: () => engine.inspect(PRINCIPAL, anyId()),
    list: () => engine.list(PRINCIPAL),
  }
  return {
    finishTasks: (count: number) => ratePerSecond({ count, inFlight: AT_ONCE }, finishOne),
    /** Microseconds of the server per call. */
    cost: async (verb: keyof typeof verbs, calls: number, spent: typeof commandMicroseconds) => {
      const one: () => Promise<unknown> = verbs[verb]
      const work = () => ratePerSecond({ count: calls, inFlight: 1 }, one)
      return (await spent(redis, work)) / calls
    },
    /** The fields of any of the finished tasks. */
    anyRecord: () => redis.hgetall(taskKeys(anyId()).record),
    close: () => connection.close(),
  }
}

async function openBare({ redis }: BenchStore, record: object, count: number) {
  const fields = Object.keys(record).slice(0, FIELDS_OF_A_LOOK)
  const { read } = await fillBareRecords(redis, { record, fields, count })
  return {
    /** Microseconds of the server per look. */
    cost: async (looks: number) =>
      (await commandMicroseconds(redis, () => ratePerSecond({ count: looks, inFlight: 1 }, read))) / looks,
  }
}
