import type { Sizes } from './sizes.ts'

/** What was measured, beside what it is compared with. */
export interface Measured {
  readonly value: number
  readonly reference: number
  /** `value / reference`, of the medians. */
  readonly ratio: number
}

export interface Target {
  readonly of: 'value' | 'ratio'
  readonly bound: 'at least' | 'at most'
  readonly limit: number
}

/** One line of the report, and one key of the JSON. */
export interface Figure {
  readonly name: string
  /** What `value` and `reference` are, with their unit. */
  readonly what: string
  /** Absent where the figure only explains another. */
  readonly target?: Target
}

/** Figures that are measured together. */
export interface Group {
  readonly name: string
  readonly figures: readonly Figure[]
  /** The figures by name. `note` takes a line on how far it is. */
  measure(sizes: Sizes, note: (line: string) => void): Promise<Readonly<Record<string, Measured>>>
}

export const measured = (value: number, reference: number): Measured => ({ value, reference, ratio: value / reference })

export function isReached({ of, bound, limit }: Target, { value, ratio }: Measured): boolean {
  const actual = of === 'value' ? value : ratio
  return bound === 'at least' ? actual >= limit : actual <= limit
}
