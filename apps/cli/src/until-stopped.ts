/** Resolves at the first SIGINT, SIGTERM, or end of the parent that forked this process; a second one exits at once. */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = (reason: string) => {
      if (isStopping) process.exit(1)
      isStopping = true
      resolve(reason)
    }
    process.on('SIGINT', () => stop('SIGINT'))
    process.on('SIGTERM', () => stop('SIGTERM'))
    process.once('disconnect', () => stop('the parent process ended'))
  })
}
