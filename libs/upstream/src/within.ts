import { setTimeout as delay } from 'node:timers/promises'

/**
 * What the promise gives, or undefined after `ms`. The promise itself goes on.
 * @throws the signal's reason when that aborts first; whatever the promise rejects with
 */
export async function within<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | undefined> {
  const over = new AbortController()
  const signals = signal ? [over.signal, signal] : [over.signal]
  try {
    return await Promise.race([promise, delay(ms, undefined, { signal: AbortSignal.any(signals) })])
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    over.abort()
  }
}
