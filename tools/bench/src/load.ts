import { median } from './compare.ts'

export interface Load {
  readonly count: number
  readonly inFlight: number
}

/** Does `one` so often, so many at a time. Returns how many came to their end per second. */
export async function ratePerSecond({ count, inFlight }: Load, one: () => Promise<unknown>): Promise<number> {
  let left = count
  const lane = async () => {
    while (left-- > 0) await one()
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: inFlight }, lane))
  return (1000 * count) / (performance.now() - startedAt)
}

/** Does `one` so often, one after the other. Returns the median of what it resolves to. */
export async function medianOf(count: number, one: () => Promise<number>): Promise<number> {
  const numbers: number[] = []
  for (let place = 0; place < count; place++) numbers.push(await one())
  return median(numbers)
}

/** Median of the milliseconds that `one` takes, one after the other. */
export const medianMs = (count: number, one: () => Promise<unknown>): Promise<number> =>
  medianOf(count, () => msOf(one))

export async function msOf(one: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await one()
  return performance.now() - startedAt
}
