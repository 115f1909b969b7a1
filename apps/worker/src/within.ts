/** Resolves with the promise, or with undefined after `ms`; what comes of the promise later is nobody's business then. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const tooLate = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => tooLate.resolve(undefined), ms)
  try {
    return await Promise.race([promise, tooLate.promise])
  } finally {
    clearTimeout(timer)
  }
}
