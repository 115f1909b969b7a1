import { YamlFile } from '@longhaul/project-files'
import type { Problem } from '@longhaul/task'
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
const NO_LIST =
  'A script is a list of turns: begin each with "- say:" or "- call:"; or of conversations: begin each with "- when:".'
const turns = z.array(turn, NO_LIST).min(1, NO_LIST)
const conversations = z.array(z.strictObject({ when: z.array(z.string().min(1)).min(1), turns }, NO_LIST).readonly())

export type LoadedScript =
  | { readonly kind: 'model'; readonly model: Model }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

/**
 * A model that takes its turns from a YAML list, for tests and demonstrations.
 *
 * The list has turns, or conversations: `{when, turns}`, of which the first is taken whose `when`, a list of strings,
 * occurs in the system prompt or the first message. So one script can be the model of several agents.
 *
 * A turn has `say` (text), `call` (list of `{tool, with}`, called in parallel), or both; or `fail` (message of the
 * error that the call ends with). `expect` lists strings that must occur in what is new since the turn before, and
 * `delayMs` makes the turn take that long.
 * @param file path that the problems name
 */
export function loadScriptedModel(yaml: string, file: string): LoadedScript {
  const scriptFile = new YamlFile(yaml, file)
  const value = scriptFile.read()
  if (value === undefined) return { kind: 'problems', problems: scriptFile.problems }
  const toTurn = (turn: z.infer<typeof turns>[number], path: readonly PropertyKey[]): ScriptedTurn => ({
    ...turn,
    line: scriptFile.placeOf(path).line,
  })
  if (!hasConversations(value)) {
    const parsed = turns.safeParse(value)
    if (!parsed.success) return toProblems(parsed.error, scriptFile, 'Turn')
    const only = { when: [], turns: parsed.data.map((turn, index) => toTurn(turn, [index])) }
    return { kind: 'model', model: createScriptedModel([only], file) }
  }
  const parsed = conversations.safeParse(value)
  if (!parsed.success) return toProblems(parsed.error, scriptFile, 'Conversation')
  const scripted = parsed.data.map(({ when, turns }, place) => ({
    when,
    turns: turns.map((turn, index) => toTurn(turn, [place, 'turns', index])),
  }))
  return { kind: 'model', model: createScriptedModel(scripted, file) }
}

const hasConversations = (value: unknown): boolean =>
  Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null && 'turns' in item)

/** What the items of the list are. */
type First = 'Turn' | 'Conversation'

function toProblems(error: z.ZodError, file: YamlFile, first: First): LoadedScript {
  for (const { path, ...issue } of error.issues) {
    if (issue.code !== 'unrecognized_keys') file.complain(path, describe(first, path, issue.message))
    else
      for (const key of issue.keys) {
        const message = `'${key}' is not known here; write ${knownAt(first, path)}.`
        file.complain([...path, key], describe(first, path, message))
      }
  }
  return { kind: 'problems', problems: file.problems }
}

function knownAt(first: First, path: readonly PropertyKey[]): string {
  if (path.includes('call')) return 'tool or with'
  return first === 'Turn' || path.includes('turns') ? 'say, call, expect, delayMs or fail' : 'when or turns'
}

/** The message, led by its place: `Turn 2, call 1, tool: …`. */
function describe(first: First, [item, ...path]: readonly PropertyKey[], message: string): string {
  if (typeof item !== 'number') return message
  const inside = path.map((step) => (typeof step === 'number' ? ` ${step + 1}` : `, ${String(step)}`)).join('')
  return `${first} ${item + 1}${inside}: ${message}`
}
