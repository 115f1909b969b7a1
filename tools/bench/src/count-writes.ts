import type { Redis } from 'ioredis'

export interface Writes {
  /** Bytes of all values that commands, those inside scripts included, have written into keys of the task. */
  bytesOf(taskId: string): Promise<number>
  stop(): void
}

const WRITING = new Set(['hset', 'hsetnx', 'hincrby', 'rpush', 'set', 'append'])

/** Listens to all that the server does from now on. */
export async function countWrites(redis: Redis): Promise<Writes> {
  const monitor = await redis.monitor()
  const bytes = new Map<string, number>()
  monitor.on('monitor', (_time: string, [command = '', key = '', ...values]: string[]) => {
    if (!WRITING.has(command.toLowerCase())) return
    const taskId = key.slice(key.lastIndexOf(':') + 1)
    bytes.set(taskId, (bytes.get(taskId) ?? 0) + values.reduce((sum, value) => sum + value.length, 0))
  })
  return {
    bytesOf: async (taskId) => {
      // What the server has done by now is heard when it is heard to do one thing more.
      const mark = `counted:${taskId}`
      const heard = new Promise<void>((resolve) => {
        monitor.on('monitor', (_time: string, args: string[]) => {
          if (args.includes(mark)) resolve()
        })
      })
      await redis.echo(mark)
      await heard
      return bytes.get(taskId) ?? 0
    },
    stop: () => monitor.disconnect(),
  }
}
