import { ABSENCES, EXAMPLES_MAY_IMPORT, MAY_IMPORT, TESTS_MAY_IMPORT } from './rules.ts'

/** One package importing another, as folders. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** Whether only tests import it. */
  readonly inTests: boolean
}

/** Why an edge is forbidden, or undefined when it is allowed. */
export function objectionTo({ from, to, inTests }: Edge): string | undefined {
  const absence = ABSENCES.find((one) => one.from === from && one.to === to)
  if (absence !== undefined) return `${from} must not import ${to}: ${absence.because}`
  if (from.startsWith('tools/')) return undefined
  const may = from.startsWith('examples/') ? EXAMPLES_MAY_IMPORT : MAY_IMPORT[from]
  if (may === undefined) return `${from} has no line in tools/boundaries/src/rules.ts: say there what it may import`
  if (may.includes(to)) return undefined
  if (inTests && TESTS_MAY_IMPORT.some((start) => to.startsWith(start))) return undefined
  const what = inTests ? 'tests of it' : 'it'
  return `${from} must not import ${to}: ${what} may import ${[...may, ...(inTests ? TESTS_MAY_IMPORT : [])].join(', ') || 'nothing'}`
}
