import type { Redis } from 'ioredis'

/** Looks during which nothing may come before a connection is given up. */
const LOOKS = 3

/**
 * Breaks a connection that has owed an answer for `silentForMs`, and at most a third more: it is dead without knowing
 * it, and is opened anew. ioredis can do that by itself (`socketTimeout`), with a timer for each piece of data that
 * comes, which is a thirtieth of what a task costs here, and it takes a process that stood still for a silent store.
 */
export function endWhenSilent(redis: Redis, silentForMs: number): Redis {
  redis.on('connect', () => {
    const { stream } = redis
    let bytesRead = 0
    let quietLooks = 0
    const timer = setInterval(() => {
      quietLooks = owesAnswer(redis) && stream.bytesRead === bytesRead ? quietLooks + 1 : 0
      bytesRead = stream.bytesRead
      // Before the first of them it may have been asked just then.
      if (quietLooks > LOOKS) stream.destroy(new Error(`Socket timeout: no answer within ${silentForMs} ms.`))
    }, silentForMs / LOOKS)
    timer.unref()
    stream.once('close', () => clearInterval(timer))
  })
  return redis
}

/** Commands under way; ioredis types the queue of them as its own business. */
const owesAnswer = (redis: Redis): boolean =>
  (redis as unknown as { readonly commandQueue: { readonly length: number } }).commandQueue.length > 0
