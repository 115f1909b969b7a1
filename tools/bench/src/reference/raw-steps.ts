import { randomBytes } from 'node:crypto'
import { type JobsOptions, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

/**
 * FROZEN. What figures are compared with must not move: nobody makes this file faster, or slower.
 *
 * The least that a durable task of five steps can cost on BullMQ and Redis: an add, the read and the claim of a hash,
 * five fenced writes of a hash field and a stream entry, a fenced end that publishes, and a read of the outcome by who
 * submitted. No arguments, no schema, no journal to replay, no lease, no owner, no list, no removal. Submitter and
 * worker are one process with a connection each; no command waits for others to be sent with it.
 */
export interface RawSteps {
  /** One task, from the add until the submitter has read its outcome. */
  run(): Promise<void>
  close(): Promise<void>
}

const QUEUE = { prefix: '{reference}', name: 'steps' }
const CHANNEL = '{reference}:finished'
const EVENTS = '{reference}:events'
const STEPS = ['s1', 's2', 's3', 's4', 's5']
const VALUE = JSON.stringify({ isDone: true })

/** As the wake-ups of libs/queue. */
const jobOptions = (id: string): JobsOptions => ({
  deduplication: { id, keepLastIfActive: true },
  removeOnComplete: true,
  removeOnFail: true,
})

const STEP = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, '*', 'task', KEYS[1], 'step', ARGV[2])
return 1`

const FINISH = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'status', 'completed', 'outcome', ARGV[2])
redis.call('HDEL', KEYS[1], 'token')
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1`

interface Scripted extends Redis {
  step(...args: string[]): Promise<number>
  finish(...args: string[]): Promise<number>
}

export async function openRawSteps(url: string, { concurrency }: { readonly concurrency: number }): Promise<RawSteps> {
  const queue = new Queue(QUEUE.name, { connection: { url }, prefix: QUEUE.prefix, skipMetasUpdate: true })
  const submitter = new Redis(url)
  const store = new Redis(url) as Scripted
  const subscriber = new Redis(url)
  store.defineCommand('step', { numberOfKeys: 2, lua: STEP })
  store.defineCommand('finish', { numberOfKeys: 1, lua: FINISH })

  const advance = async (id: string) => {
    const key = `{reference}:task:${id}`
    const token = randomBytes(9).toString('base64url')
    await store.hgetall(key)
    await store.hset(key, 'status', 'working', 'token', token)
    for (const step of STEPS) await store.step(key, EVENTS, token, step, VALUE)
    await store.finish(key, token, VALUE, CHANNEL, id)
  }
  const worker = new Worker<{ id: string }>(QUEUE.name, (job) => advance(job.data.id), {
    connection: { url, maxRetriesPerRequest: null },
    prefix: QUEUE.prefix,
    concurrency,
    skipVersionCheck: true,
  })
  const finished = new Map<string, () => void>()
  subscriber.on('message', (_channel, id) => finished.get(id)?.())
  await Promise.all([subscriber.subscribe(CHANNEL), worker.waitUntilReady(), queue.waitUntilReady()])

  return {
    run: async () => {
      const id = randomBytes(17).toString('base64url')
      const end = new Promise<void>((resolve) => finished.set(id, resolve))
      await queue.add('advance', { id }, jobOptions(id))
      await end
      finished.delete(id)
      const outcome = await submitter.hget(`{reference}:task:${id}`, 'outcome')
      if (outcome !== VALUE) throw new Error(`The task of the reference came to ${outcome}.`)
    },
    close: async () => {
      await worker.close()
      await queue.close()
      for (const redis of [submitter, store, subscriber]) redis.disconnect()
    },
  }
}
