import { Queue, Worker } from 'bullmq'

export interface NoOpJobs {
  /** One job, from the add until it was processed. */
  run(): Promise<void>
  close(): Promise<void>
}

/** FROZEN. BullMQ alone: jobs that do nothing. Says how far the reference is from the queue that it stands on. */
export async function openNoOpJobs(url: string, { concurrency }: { readonly concurrency: number }): Promise<NoOpJobs> {
  const name = 'nothing'
  const prefix = '{reference}'
  const done = new Map<number, () => void>()
  let last = 0
  const queue = new Queue(name, { connection: { url }, prefix, skipMetasUpdate: true })
  const worker = new Worker<{ number: number }>(name, async (job) => done.get(job.data.number)?.(), {
    connection: { url, maxRetriesPerRequest: null },
    prefix,
    concurrency,
    skipVersionCheck: true,
  })
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    run: async () => {
      const number = ++last
      const end = new Promise<void>((resolve) => done.set(number, resolve))
      const options = { deduplication: { id: String(number), keepLastIfActive: true }, removeOnComplete: true }
      await queue.add('advance', { number }, { ...options, removeOnFail: true })
      await end
      done.delete(number)
    },
    close: async () => {
      await worker.close()
      await queue.close()
    },
  }
}
