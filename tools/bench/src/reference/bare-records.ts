import type { Redis } from 'ioredis'

const AT_ONCE = 1000

export interface BareRecords {
  /** Reads some fields of any of them. */
  read(): Promise<unknown>
}

/**
 * FROZEN. As many bare hashes as wanted, each with the fields of `record`, in a store that has nothing else. What
 * reading one costs more among many than among few is memory that is not in the processor's caches, and no program's.
 */
export async function fillBareRecords(
  redis: Redis,
  { record, fields, count }: { readonly record: object; readonly fields: readonly string[]; readonly count: number },
): Promise<BareRecords> {
  const key = (number: number) => `{reference}:record:${String(number).padStart(24, '0')}`
  for (let done = 0; done < count; done += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, number) => done + number)
    await Promise.all(numbers.map((number) => redis.hset(key(number), record)))
  }
  return { read: () => redis.hmget(key(Math.floor(Math.random() * count)), ...fields) }
}
