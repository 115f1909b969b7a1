/** Package managers pass on a signal that the terminal has sent to every process already. */
const SAME_SIGNAL_MS = 500

/**
 * Resolves with the reason at the first SIGINT, SIGTERM or SIGHUP, or when the process that forked this one is gone.
 * At a second one this process exits at once.
 */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let first: { readonly reason: string; readonly at: number } | undefined
    const stop = (reason: string) => {
      const at = performance.now()
      if (first?.reason === reason && at - first.at < SAME_SIGNAL_MS) return
      if (first) process.exit(1)
      first = { reason, at }
      resolve(reason)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))
    process.once('disconnect', () => stop('the parent process ended'))
  })
}
