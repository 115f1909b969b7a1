import { channel } from 'node:diagnostics_channel'
import { setTimeout as delay } from 'node:timers/promises'
import { type Partition, type Principal, partitionOfOwner } from '@longhaul/task'
import type { Redis } from 'ioredis'
import { compare } from '../compare.ts'
import { type Group, measured } from '../figure.ts'
import { medianMs, medianOf, msOf, ratePerSecond } from '../load.ts'
import { type Longhaul, openLonghaul } from '../longhaul.ts'
import { openNoOpJobs } from '../reference/no-op-jobs.ts'
import { usedBytes } from '../server-cost.ts'
import { startBenchStore } from '../start-bench-store.ts'
import { PRINCIPAL } from '../submitter.ts'

/** Arguments of 200 bytes. */
const ARGUMENTS = { topic: 'x'.repeat(200 - JSON.stringify({ topic: '' }).length) }
const IN_FLIGHT = 50
const SAMPLE_OF_REFERENCE = 10_000
/** By then what came before is over, and whoever did it waits again. */
const REST_MS = 5
const LOOKS = 100
const LOOK_EVERY_MS = 20

/**
 * Whose tasks wait: as many as one owner may have. The others are of another owner in the same partition, which is the
 * worst case: they share what is kept of a partition.
 */
const WAITING = principalInPartition(partitionOfOwner(PRINCIPAL.owner))

/** Tasks that wait for an answer: what they hold, and what they are to the others. */
export const suspended: Group = {
  name: 'suspended',
  figures: [
    {
      name: 'suspended',
      what: 'bytes of the store’s memory per suspended task, beside a bare hash of its arguments, answer and question',
      target: { of: 'value', bound: 'at most', limit: 3 * 1024 },
    },
    {
      name: 'suspendedSlots',
      what: 'wake-ups that the worker holds while all tasks wait, beside the tasks',
      target: { of: 'value', bound: 'at most', limit: 0 },
    },
    {
      name: 'suspendedStart',
      what: 'ms, median of one new task beside the suspended ones, and beside none',
      target: { of: 'ratio', bound: 'at most', limit: 1.2 },
    },
    {
      name: 'suspendedAnswer',
      what: 'ms from an answer until the code goes on, beside a job of BullMQ that does nothing from its add until it runs; each to a worker that waits',
      target: { of: 'ratio', bound: 'at most', limit: 3 },
    },
  ],
  async measure({ rounds, suspended: { tasks, probes } }, note) {
    const stores = await Promise.all([startBenchStore(), startBenchStore()])
    const [full, empty] = stores
    const longhaul = await openLonghaul(full.url, { concurrency: IN_FLIGHT })
    const other = await openLonghaul(empty.url, { concurrency: IN_FLIGHT })
    const noOp = await openNoOpJobs(empty.url, { concurrency: IN_FLIGHT })
    try {
      note(`${tasks} tasks are submitted, and ask`)
      const waiting: string[] = []
      const suspendOne = async () => void waiting.push(await suspend(longhaul))
      // What a first task leaves for good, such as the catalog, is not counted.
      await suspendOne()
      const before = await usedBytes(full.redis)
      await ratePerSecond({ count: tasks - 1, inFlight: IN_FLIGHT }, suspendOne)
      const bytes = ((await usedBytes(full.redis)) - before) / (tasks - 1)
      const slots = await slotsHeld(full.redis)
      const bare = await bytesOfBareTask(empty.redis, Math.min(tasks, SAMPLE_OF_REFERENCE))

      note('new tasks beside them')
      const start = (one: Longhaul) => () => medianMs(probes, () => one.run('five_steps'))
      const suspendedStart = await compare({ rounds, value: start(longhaul), reference: start(other) })
      note('answers')
      const answers = () => medianAtRest(probes, () => msToGoOn(longhaul, waiting.pop() ?? ''))
      const adds = () => medianAtRest(probes, () => msOf(noOp.run))
      const contest = { rounds: Math.min(rounds, Math.floor(waiting.length / probes) - 1) }
      const suspendedAnswer = await compare({ ...contest, value: answers, reference: adds })
      return {
        suspended: measured(bytes, bare),
        suspendedSlots: measured(slots, tasks),
        suspendedStart,
        suspendedAnswer,
      }
    } finally {
      await Promise.all([longhaul.close(), other.close(), noOp.close()])
      await Promise.all(stores.map((store) => store.stop()))
    }
  },
}

function principalInPartition(partition: Partition): Principal {
  for (let number = 0; ; number++) {
    const owner = { issuer: 'bench', subject: `ben${number}` }
    if (partitionOfOwner(owner) === partition) return { owner, scopes: [] }
  }
}

/** A task from its submission until it waits. */
async function suspend({ submit, asked }: Longhaul): Promise<string> {
  const id = await submit('ask', ARGUMENTS, WAITING)
  await asked(id)
  return id
}

/**
 * A person answers at some time, not just when the last answer was taken: a worker that ends one job takes the next along
 * with that, and need not be woken for it.
 */
const medianAtRest = (count: number, one: () => Promise<number>): Promise<number> =>
  medianOf(count, async () => {
    await delay(REST_MS)
    return one()
  })

/** Milliseconds from giving the answer until the code of the tool has it. */
async function msToGoOn({ engine }: Longhaul, taskId: string): Promise<number> {
  const answered = channel('longhaul:bench:answered')
  const { promise, resolve } = Promise.withResolvers<number>()
  const listener = (id: unknown) => {
    if (id === taskId) resolve(performance.now())
  }
  answered.subscribe(listener)
  const startedAt = performance.now()
  const reply = { kind: 'answer', answer: { action: 'accept', content: { isFine: true } } } as const
  await engine.answer(WAITING, { taskId, key: 'elicit#1', reply })
  const goesOnAt = await promise
  answered.unsubscribe(listener)
  return goesOnAt - startedAt
}

async function bytesOfBareTask(redis: Redis, count: number): Promise<number> {
  const before = await usedBytes(redis)
  const keys = Array.from({ length: count }, (_, number) => `{reference}:task:${number}`)
  const fields = { args: JSON.stringify(ARGUMENTS), s1: 'I have looked at it. Shall I go on?', question: 'Go on?' }
  await Promise.all(keys.map((key) => redis.hset(key, fields)))
  const bytes = ((await usedBytes(redis)) - before) / count
  await redis.del(...keys)
  return bytes
}

/** Wake-ups in hand, once those that have just asked have let go. */
async function slotsHeld(redis: Redis): Promise<number> {
  for (let look = 1; ; look++) {
    const held = await redis.llen('{lh:queue}:default:active')
    if (held === 0 || look === LOOKS) return held
    await delay(LOOK_EVERY_MS)
  }
}
