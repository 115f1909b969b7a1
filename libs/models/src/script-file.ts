import type { Problem } from '@longhaul/task'
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Model } from './model.ts'
import { createScriptedModel, type ScriptedTurn } from './scripted-model.ts'

/** The longest pause of a scripted turn: an hour, beyond which it is surely a slip of the unit. */
const MAX_DELAY_MS = 3_600_000

const call = z.strictObject({
  tool: z.string().min(1),
  with: z.record(z.string(), z.json()).default({}),
})
const turn = z
  .strictObject({
    say: z.string().optional(),
    call: z.array(call).default([]),
    delayMs: z.int().min(0).max(MAX_DELAY_MS).default(0),
    expect: z.array(z.string().min(1)).default([]),
    fail: z.string().min(1).optional(),
  })
  .refine((turn) => turn.fail !== undefined || turn.say !== undefined || turn.call.length > 0, {
    error: 'does nothing: write say (text), call (a list of tool and with) or fail (a message)',
  })
  .refine((turn) => turn.fail === undefined || (turn.say === undefined && turn.call.length === 0), {
    error: 'fails, so it can neither say nor call anything: take out fail, or say and call',
  })
const NO_LIST = 'A script is a list of turns: begin each with "- say:" or "- call:".'
const script = z.array(turn, NO_LIST).min(1, NO_LIST)

const NOT_READABLE = 'This is not YAML that can be read'

export type LoadedScript =
  | { readonly kind: 'model'; readonly model: Model }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

/**
 * A model that takes its turns from a YAML list, for tests and demonstrations.
 *
 * A turn has `say` (text), `call` (list of `{tool, with}`, called in parallel), or both; or `fail` (message of the
 * error that the call ends with). `expect` lists strings that must occur in what is new since the turn before, and
 * `delayMs` makes the turn take that long.
 * @param file path that the problems name
 */
export function loadScriptedModel(yaml: string, file: string): LoadedScript {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false })
  const found = [...document.errors, ...document.warnings].map((mistake) =>
    problem(file, lines.linePos(mistake.pos[0]).line, `${NOT_READABLE}: ${mistake.message}`),
  )
  const value = found.length === 0 ? toValue(document) : undefined
  if (value instanceof Error) found.push(problem(file, 1, `${NOT_READABLE}: ${value.message}`))
  if (found.length > 0) return { kind: 'problems', problems: found }

  const lineOf = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document, path)).line
  const parsed = script.safeParse(value)
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(({ path, ...issue }) => {
      if (issue.code !== 'unrecognized_keys') return [problem(file, lineOf(path), describe(path, issue.message))]
      const known = path.includes('call') ? 'tool or with' : 'say, call, expect, delayMs or fail'
      return issue.keys.map((key) =>
        problem(file, lineOf([...path, key]), describe(path, `'${key}' is not known here; write ${known}.`)),
      )
    })
    return { kind: 'problems', problems: problems.toSorted((a, b) => a.line - b.line) }
  }
  const turns = parsed.data.map((turn, index): ScriptedTurn => ({ ...turn, line: lineOf([index]) }))
  return { kind: 'model', model: createScriptedModel(turns, file) }
}

/** The value, or the error where an alias has no anchor, which only shows now. */
function toValue(document: Document): unknown {
  try {
    return document.toJS()
  } catch (error) {
    return error
  }
}

const problem = (file: string, line: number, message: string) =>
  ({ file, line, message, severity: 'error' }) as const satisfies Problem

/** The message, led by its place: `Turn 2, call 1, tool: …`. */
function describe([turn, ...path]: readonly PropertyKey[], message: string): string {
  if (typeof turn !== 'number') return message
  const inside = path.map((step) => (typeof step === 'number' ? ` ${step + 1}` : `, ${String(step)}`)).join('')
  return `Turn ${turn + 1}${inside}: ${message}`
}

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
