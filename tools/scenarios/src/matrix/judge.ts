import type { Cell } from './cells.ts'

/** What came of a step in one of the client's ways: nothing to say, or what it said. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly says: string }

/** What came of a cell. `plain`: only where the step is to be done by the tools about tasks. */
export interface Outcomes {
  readonly own: Outcome
  readonly plain?: Outcome
}

/** Why what came of a cell is not what was to come of it; undefined where it is. */
export function judge(cell: Cell, { own, plain }: Outcomes): string | undefined {
  if (cell.kind === 'own') return own.kind === 'done' ? undefined : `should run, and fails: ${own.says}`
  if (own.kind === 'done') return `is said not to work (${cell.cannot.why}), and works`
  if (!cell.cannot.says.test(own.says)) return `does not work for another reason than is said: ${own.says}`
  if (cell.kind === 'none' || plain?.kind === 'done') return undefined
  return `should run by the tools about tasks, and fails: ${plain?.says ?? 'it was not tried'}`
}
