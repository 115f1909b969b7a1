import { randomFillSync } from 'node:crypto'

/** Asking the system for random bytes is dearer than the bytes, so it is asked for many at a time. */
const POOL_BYTES = 4096

const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES

/** So many random bytes, at most 4096, as base64url. Each is given out once. */
export function randomId(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('base64url', used - bytes, used)
}
