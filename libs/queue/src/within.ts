/** The promise, or after `ms` an error with this message; what comes of the promise later is nobody's business then. */
export async function within<T>(ms: number, message: string, promise: Promise<T>): Promise<T> {
  const tooLate = Promise.withResolvers<never>()
  const timer = setTimeout(() => tooLate.reject(new Error(message)), ms)
  try {
    return await Promise.race([promise, tooLate.promise])
  } finally {
    clearTimeout(timer)
  }
}
