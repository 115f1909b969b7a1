import { cutsOf, describeCut } from './compaction.ts'
import { type Message, type MessageBlock, type ToolResult, text, toolError } from './content.ts'
import { chainOf, type Link, type OutcomeOf } from './conversation-chain.ts'
import { excerptOf } from './excerpt.ts'
import type { OutcomeEntry, Recap, Said, ToolResults } from './journal.ts'
import type { JsonObject } from './json.ts'
import { recapText } from './recap.ts'
import { resultName, resultUri } from './result-uri.ts'
import { uniqueToolUseIds } from './unique-tool-use-ids.ts'

/** The task whose conversation it is, and what its journal has. */
export interface Source {
  readonly taskId: string
  readonly outcomeOf: OutcomeOf
}

/** A message, and the model step that it is the answer of. */
export interface Spoken {
  readonly message: Message
  readonly answerOf?: string | undefined
}

/** What a model sees of a chain: all of it, or what its newest compaction leaves. */
export function viewOf(links: readonly Link[], source: Source): Spoken[] {
  const cut = cutsOf(links, source.outcomeOf).at(-1)
  const first = links[0]
  if (!cut || cut.from === 0 || !first) return links.flatMap((link) => speak(link, source))
  const beginning = speak({ said: first.said }, source)
  const kept = links.slice(cut.from).flatMap((link, place) => {
    const spoken = speak(link, source)
    return place === 0 ? spoken.filter(({ answerOf }) => answerOf !== undefined) : spoken
  })
  const note = [text(describeCut(cut)), ...sentMeanwhile(links.slice(1, cut.from + 1))]
  return [...withNote(beginning, note), ...kept]
}

/** It comes after the first message, in the same one: two of the user in a row are not taken everywhere. */
function withNote(beginning: readonly Spoken[], note: readonly MessageBlock[]): Spoken[] {
  const last = beginning.at(-1)
  if (!last) return []
  const { role, content } = last.message
  return [...beginning.slice(0, -1), { message: { role, content: [...content, ...note] } }]
}

/** What people said to the model in turns that are left out: it holds on, as the job does. */
function sentMeanwhile(links: readonly Link[]): MessageBlock[] {
  const sent = links.flatMap(({ said }) => said.messages.flatMap((part) => ('role' in part ? part.content : [])))
  return sent.length === 0 ? [] : [text('[In these turns the user also said:]'), ...sent]
}

export function speak({ said, key, answer }: Link, source: Source): Spoken[] {
  const heard = said.messages.map((part) => ({ message: toMessage(part, source) }))
  return answer ? [...heard, { message: answer, answerOf: key }] : heard
}

function toMessage(part: Said['messages'][number], source: Source): Message {
  if ('role' in part) return part
  if ('recap' in part) return { role: 'user', content: [text(tell(part, source))] }
  return resultsMessage(part, source)
}

const resultsMessage = ({ results }: ToolResults, { taskId, outcomeOf }: Source): Message => ({
  role: 'user',
  content: results.map(({ step, toolUseId, changedTo, excerpt }) => {
    const whole = toResult(step, outcomeOf(step))
    const link = { name: resultName(step), uri: resultUri(taskId, step) }
    const result = excerpt ? excerptOf(whole, excerpt, link) : whole
    const content = changedTo ? [text(describeChange(changedTo)), ...result.content] : result.content
    return { type: 'tool_result', toolUseId, ...result, content }
  }),
})

const describeChange = (args: JsonObject): string =>
  `[Whoever approved this call changed its arguments to ${JSON.stringify(args)}]`

function tell({ recap: { of, until, compaction } }: Recap, source: Source): string {
  const links = chainOf({ after: of, messages: [], ...(compaction && { compaction }) }, source.outcomeOf)
  const view = viewOf(links, source)
  const end = view.findIndex(({ answerOf }) => answerOf === until)
  if (end === -1) throw new Error(`The conversation has no model step '${until}'.`)
  return recapText(uniqueToolUseIds(view.slice(0, end).map(({ message }) => message)))
}

/** A tool step that failed is an error that the model sees: every tool_use has its tool_result. */
function toResult(step: string, entry: OutcomeEntry | undefined): ToolResult {
  if (!entry) throw new Error(`The journal has no tool step '${step}'.`)
  return entry.type === 'error' ? toolError(entry.error.message) : (entry.value as unknown as ToolResult)
}
