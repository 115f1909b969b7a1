/** Does something again and again, never twice at a time. `stop` resolves when the last time is over. */
export function repeat(
  intervalMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let current: Promise<void> = Promise.resolve()
  const next = () => {
    timer = setTimeout(() => {
      current = work()
        .catch(onError)
        .then(() => {
          if (!isStopped) next()
        })
    }, intervalMs)
  }
  next()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await current
    },
  }
}
