import type { Problem } from '@longhaul/task'
import { z } from 'zod'
import type { Model } from './model.ts'
import { createScriptedModel, type ScriptedTurn } from './scripted-model.ts'
import { problem, readYaml } from './yaml-file.ts'

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
  const read = readYaml(yaml, file)
  if (read.kind === 'problems') return read
  const { value, lineOf } = read
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

/** The message, led by its place: `Turn 2, call 1, tool: …`. */
function describe([turn, ...path]: readonly PropertyKey[], message: string): string {
  if (typeof turn !== 'number') return message
  const inside = path.map((step) => (typeof step === 'number' ? ` ${step + 1}` : `, ${String(step)}`)).join('')
  return `Turn ${turn + 1}${inside}: ${message}`
}
