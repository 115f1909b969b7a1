import type { Limit } from './budget.ts'

const UNITS: Readonly<Record<Limit, string>> = {
  tokens: 'tokens',
  costUsd: 'US dollars',
  turns: 'turns of models',
  toolCalls: 'calls of tools',
  wallTimeMs: 's',
}

/** `1.02 of 2 US dollars`, or without the second. */
export function describeAmounts(limit: Limit, ...amounts: readonly number[]): string {
  const inUnit = limit === 'wallTimeMs' ? amounts.map((ms) => ms / 1000) : amounts
  return `${inUnit.map(roundAmount).join(' of ')} ${UNITS[limit]}`
}

/** Without the noise of binary fractions. */
export const roundAmount = (value: number): number => Number(value.toFixed(6))
