import { type Measured, measured } from './figure.ts'

export interface Contest {
  readonly rounds: number
  readonly value: () => Promise<number>
  readonly reference: () => Promise<number>
}

/**
 * Measures two things in turn, reference first in every other round, so that whatever else the machine does meets
 * both. The first round warms up and does not count.
 */
export async function compare({ rounds, value, reference }: Contest): Promise<Measured> {
  const values: number[] = []
  const references: number[] = []
  const takeValue = async () => void values.push(await value())
  const takeReference = async () => void references.push(await reference())
  for (let round = 0; round <= rounds; round++) {
    for (const take of round % 2 === 0 ? [takeReference, takeValue] : [takeValue, takeReference]) await take()
  }
  return measured(median(values.slice(1)), median(references.slice(1)))
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
