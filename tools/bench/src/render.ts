import { type Figure, isReached, type Measured } from './figure.ts'

/** A figure as lines for people. */
export function render({ name, what, target }: Figure, measured: Measured): string {
  const { value, reference, ratio } = measured
  const numbers = `${round(value)} beside ${round(reference)}, ratio ${ratio.toFixed(2)}`
  const verdict =
    target && `${isReached(target, measured) ? 'reached' : 'NOT reached'}: ${target.of} ${target.bound} ${target.limit}`
  return [`${name.padEnd(20)} ${numbers}${verdict ? ` (${verdict})` : ''}`, `${' '.repeat(20)} ${what}`].join('\n')
}

const round = (number: number): string => (number >= 100 ? number.toFixed(0) : number.toPrecision(3))
