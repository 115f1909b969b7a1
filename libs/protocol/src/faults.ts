import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What is wrong with a value that a schema refused, as `field.of.it: what; another: what`. */
export function describeFaults({ issues }: Pick<z.core.$ZodError, 'issues'>): string {
  return issues.flatMap((issue) => describe(issue, [])).join('; ')
}

function describe(issue: Issue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path]
  const shapes = issue.code === 'invalid_union' ? issue.errors : []
  const best = shapes.toSorted(byFit)[0] ?? []
  if (depthOf(best) > 0) return best.flatMap((inner) => describe(inner, path))
  const field = (path[0] === 'params' ? path.slice(1) : path).join('.')
  const faults = new Set(
    (best.length > 0 ? shapes.flat() : [issue]).map(({ message }) => message.replace(/^Invalid (input|option): /, '')),
  )
  return [`${field === '' ? '' : `${field}: `}${[...faults].join(', or ')}`]
}

/** Of several shapes, the one into which the value fits deepest says best what is wrong. */
const byFit = (a: readonly Issue[], b: readonly Issue[]): number => depthOf(b) - depthOf(a) || a.length - b.length

const depthOf = (issues: readonly Issue[]): number => Math.max(0, ...issues.map(({ path }) => path.length))
