/** Unix ms in `ms` from now. @throws Error when there is no such time */
export function deadlineAfter(ms: number): number {
  const deadline = Date.now() + Math.ceil(ms)
  if (ms >= 0 && Number.isSafeInteger(deadline)) return deadline
  throw new Error(`A wait of ${ms} ms is not possible: it must be a number from 0 on.`)
}
