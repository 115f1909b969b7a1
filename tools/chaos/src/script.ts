import type { JsonObject } from '@longhaul/task'
import { FAILED, type Program } from '../project/program.ts'
import { makeProgram } from './make-program.ts'
import type { Random } from './random.ts'

/** What the model of an agent does: the calls of each turn, then it repeats what it was told. */
export interface Script {
  readonly label: string
  readonly turns: readonly (readonly ScriptedCall[])[]
}
type ScriptedCall =
  | { readonly tool: 'post'; readonly ms: number }
  | { readonly tool: 'program'; readonly program: Program }

export function makeScript(random: Random, label: string): Script {
  const makeCall = (): ScriptedCall =>
    random.chance(0.4)
      ? { tool: 'post', ms: random.int(50, 500) }
      : { tool: 'program', program: makeProgram(random).slice(0, 2) }
  const makeTurn = () => Array.from({ length: random.int(1, 3) }, makeCall)
  return { label, turns: Array.from({ length: random.int(1, 3) }, makeTurn) }
}

/** Key of a call of an agent in its journal; both count from 0. */
export const callKey = (turn: number, place: number): string => `t${turn + 1}.${place + 1}`

export interface Block {
  readonly type: string
  readonly text?: string
  readonly isError?: boolean
  readonly content?: readonly Block[]
}
/** What a client is asked by `sampling/createMessage`. */
export interface SamplingParams {
  readonly messages: readonly { readonly role: string; readonly content: Block | readonly Block[] }[]
}

/** The next turn of the model. It needs no memory: the script is in the prompt, and the turns so far are counted. */
export function playTurn({ messages }: SamplingParams): JsonObject {
  const spoken = messages.map(({ role, content }) => ({ role, blocks: [content].flat() as readonly Block[] }))
  const turn = spoken.filter(({ role }) => role === 'assistant').length
  const { label, turns } = scriptIn({ messages })
  const calls = (turns[turn] ?? []).map((call, place) => ({
    type: 'tool_use',
    id: `call_${turn}_${place}`,
    name: call.tool,
    input: toArguments(label, callKey(turn, place), call),
  }))
  const heard = spoken.flatMap(({ blocks }) => blocks).filter(({ type }) => type === 'tool_result')
  const words = heard.map(({ isError, content }) => toWord(isError === true, content ?? []))
  const told = toTold(spoken.filter(({ role }) => role === 'user').flatMap(({ blocks }) => blocks))
  const content = calls.length > 0 ? [...told, ...calls] : [{ type: 'text', text: toLastWords(words) }, ...told]
  return { role: 'assistant', model: 'script', stopReason: calls.length > 0 ? 'toolUse' : 'endTurn', content }
}

/** The prompt is the script. */
export function scriptIn({ messages }: SamplingParams): Script {
  const [first] = [messages[0]?.content ?? []].flat() as readonly Block[]
  return JSON.parse(first?.text ?? '') as Script
}

/** The model repeats each time what people have said to it beside its prompt, as often as it stands there. */
function toTold(blocks: readonly Block[]): readonly JsonObject[] {
  const told = blocks.filter(({ type }) => type === 'text').slice(1)
  return told.length > 0 ? [{ type: 'text', text: `I was told ${told.map(({ text }) => text).join(' ')}` }] : []
}

/** What the model hears of one call. */
export const toWord = (isError: boolean, content: readonly { readonly type: string; readonly text?: unknown }[]) =>
  isError ? FAILED : content.map(({ text }) => String(text)).join('')

export const toLastWords = (words: readonly string[]): string => `I heard ${words.join(', ')}.`

function toArguments(label: string, key: string, call: ScriptedCall): JsonObject {
  if (call.tool === 'post') return { label, step: key, ms: call.ms }
  return { label, prefix: `${key}/`, program: JSON.stringify(call.program) }
}
