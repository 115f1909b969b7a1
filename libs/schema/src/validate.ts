import { shortenMiddle } from '@longhaul/task'
import type { ErrorObject } from 'ajv'
import { isSmall } from './effort.ts'
import { runWithin, TookTooLong } from './run-within.ts'

/** Says in one line per fault what does not fit and where; an empty list means that the value fits. */
export type Validate = (value: unknown) => string[]

/** What Ajv makes of a schema. */
export interface Check {
  (value: unknown): unknown
  errors?: ErrorObject[] | null
}

export interface Checks {
  /** Says what it finds first. */
  readonly first: Check
  /** Says all; made when it is wanted. */
  readonly all: () => Check
  /** Whether it takes no time for small values. */
  readonly isQuick: boolean
}

/** Schemas come from servers elsewhere and values from clients; together they can take for ever, as `(a+)+$` does. */
const CHECKED_WITHIN_MS = 500
/** Faults listed of one value; more would not help its author. */
const FAULTS_SHOWN = 5
/** Schema and value are quoted in it. */
const FAULT_CHARACTERS = 1000

export function toValidate({ first, all, isQuick }: Checks): Validate {
  return (value) => {
    const isSmallValue = isSmall(value)
    try {
      const faults = faultsOf(first, value, isQuick && isSmallValue)
      // There may be more faults of a large value than there is memory for.
      return faults.length === 0 || !isSmallValue ? faults : moreFaultsOf({ all, isQuick }, value, faults)
    } catch (error) {
      if (isEndless(error)) return ['the value cannot be checked: that takes too long']
      throw error
    }
  }
}

function moreFaultsOf({ all, isQuick }: Omit<Checks, 'first'>, value: unknown, found: string[]): string[] {
  try {
    return faultsOf(all(), value, isQuick)
  } catch (error) {
    if (isEndless(error)) return found
    throw error
  }
}

function faultsOf(check: Check, value: unknown, isQuick: boolean): string[] {
  const isFit = isQuick ? check(value) : runWithin(CHECKED_WITHIN_MS, () => check(value))
  return isFit
    ? []
    : (check.errors ?? []).slice(0, FAULTS_SHOWN).map((error) => shortenMiddle(describe(error), FAULT_CHARACTERS))
}

/** A schema that refers to itself, and takes nothing of the value with it, ends when the stack does. */
const isEndless = (error: unknown): boolean => error instanceof TookTooLong || error instanceof RangeError

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const where = path === '' ? 'the value' : path
  if (keyword === 'additionalProperties') return `${where} must not have the property '${params.additionalProperty}'`
  if (keyword === 'enum') return `${where} must be one of ${JSON.stringify(params.allowedValues)}`
  return `${where} ${message ?? 'does not fit'}`
}
