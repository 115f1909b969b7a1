/** Longest wait for any one thing. The start and the takeover take 4 to 6 s each, on a busy machine several times that. */
const MAX_WAIT_MS = 30_000

/** @throws Error that says what did not come about */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`${what}: this did not come about within ${MAX_WAIT_MS / 1000} s`)),
    MAX_WAIT_MS,
  )
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
