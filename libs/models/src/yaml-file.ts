import type { Problem } from '@longhaul/task'
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

export type ReadYaml =
  | {
      readonly kind: 'value'
      readonly value: unknown
      /** Line of what is at a path, or of the innermost thing around it that exists; from 1. */
      readonly lineOf: (path: readonly PropertyKey[]) => number
    }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

const NOT_READABLE = 'This is not YAML that can be read'

/** @param file path that the problems name */
export function readYaml(text: string, file: string): ReadYaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = [...document.errors, ...document.warnings].map((mistake) =>
    problem(file, lines.linePos(mistake.pos[0]).line, `${NOT_READABLE}: ${mistake.message}`),
  )
  const value = problems.length === 0 ? toValue(document) : undefined
  if (value instanceof Error) problems.push(problem(file, 1, `${NOT_READABLE}: ${value.message}`))
  if (problems.length > 0) return { kind: 'problems', problems }
  return { kind: 'value', value, lineOf: (path) => lines.linePos(offsetOf(document, path)).line }
}

/** The value, or the error where an alias has no anchor, which only shows now. */
function toValue(document: Document): unknown {
  try {
    return document.toJS()
  } catch (error) {
    return error
  }
}

export const problem = (file: string, line: number, message: string) =>
  ({ file, line, message, severity: 'error' }) as const satisfies Problem

/** Where in the text the value at `path` begins, or the innermost one around it that exists; a map's key counts. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
      if (!pair) break
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      const range = (node as { range?: readonly number[] } | undefined)?.range
      offset = range?.[0] ?? offset
    } else break
  }
  return offset
}
