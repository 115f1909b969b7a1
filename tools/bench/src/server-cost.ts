import type { Redis } from 'ioredis'

/** Microseconds of processor time that the server has used since its start. */
export async function cpuMicroseconds(redis: Redis): Promise<number> {
  const cpu = await redis.info('cpu')
  return 1e6 * (numberIn(cpu, 'used_cpu_user') + numberIn(cpu, 'used_cpu_sys'))
}

/** Microseconds of processor time that the server used while `work` was done. */
export async function processorMicroseconds(redis: Redis, work: () => Promise<unknown>): Promise<number> {
  const before = await cpuMicroseconds(redis)
  await work()
  return (await cpuMicroseconds(redis)) - before
}

export const usedBytes = async (redis: Redis): Promise<number> => numberIn(await redis.info('memory'), 'used_memory')

/** Microseconds that the server spent in the commands that clients sent while `work` was done. */
export async function commandMicroseconds(redis: Redis, work: () => Promise<unknown>): Promise<number> {
  await redis.config('RESETSTAT')
  await work()
  const stats = await redis.info('commandstats')
  const rows = [...stats.matchAll(/cmdstat_(\S+):calls=\d+,usec=(\d+)/g)]
  const spent = new Map(rows.map(([, name = '', usec]) => [name, Number(usec)]))
  // Commands inside scripts are in the time of their script, too.
  const sent = spent.has('evalsha') ? ['evalsha'] : [...spent.keys()].filter((name) => !LOOKING.test(name))
  return sent.reduce((sum, name) => sum + (spent.get(name) ?? 0), 0)
}

const LOOKING = /^(info|config)\b/

function numberIn(info: string, name: string): number {
  const [, number] = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info) ?? []
  if (number === undefined) throw new Error(`The server does not tell ${name}.`)
  return Number(number)
}
