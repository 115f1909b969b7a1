import { type Cut, cutsOf, describeCut } from './compaction.ts'
import { type Message, type ToolResult, text, toolError } from './content.ts'
import { chainOf, type Link, type OutcomeOf } from './conversation-chain.ts'
import type { OutcomeEntry, Recap, Said, ToolResults } from './journal.ts'
import type { JsonObject } from './json.ts'
import { recapText } from './recap.ts'
import { uniqueToolUseIds } from './unique-tool-use-ids.ts'

/** A message, and the model step that it is the answer of. */
export interface Spoken {
  readonly message: Message
  readonly answerOf?: string | undefined
}

/** What a model sees of a chain: all of it, or what its newest compaction leaves. */
export function viewOf(links: readonly Link[], outcomeOf: OutcomeOf): Spoken[] {
  const cut = cutsOf(links, outcomeOf).at(-1)
  const first = links[0]
  if (!cut || cut.from === 0 || !first) return links.flatMap((link) => speak(link, outcomeOf))
  const beginning = speak({ said: first.said }, outcomeOf)
  const kept = links.slice(cut.from).flatMap((link, place) => {
    const spoken = speak(link, outcomeOf)
    return place === 0 ? spoken.filter(({ answerOf }) => answerOf !== undefined) : spoken
  })
  return [...withNote(beginning, cut), ...kept]
}

/** What was said comes after the first message, in the same one: two of the user in a row are taken by nobody. */
function withNote(beginning: readonly Spoken[], cut: Cut): Spoken[] {
  const last = beginning.at(-1)
  if (!last) return []
  const { role, content } = last.message
  return [...beginning.slice(0, -1), { message: { role, content: [...content, text(describeCut(cut))] } }]
}

export function speak({ said, key, answer }: Link, outcomeOf: OutcomeOf): Spoken[] {
  const heard = said.messages.map((part) => ({ message: toMessage(part, outcomeOf) }))
  return answer ? [...heard, { message: answer, answerOf: key }] : heard
}

function toMessage(part: Said['messages'][number], outcomeOf: OutcomeOf): Message {
  if ('role' in part) return part
  if ('recap' in part) return { role: 'user', content: [text(tell(part, outcomeOf))] }
  return resultsMessage(part, outcomeOf)
}

const resultsMessage = ({ results }: ToolResults, outcomeOf: OutcomeOf): Message => ({
  role: 'user',
  content: results.map(({ step, toolUseId, changedTo }) => {
    const result = toResult(step, outcomeOf(step))
    const content = changedTo ? [text(describeChange(changedTo)), ...result.content] : result.content
    return { type: 'tool_result', toolUseId, ...result, content }
  }),
})

const describeChange = (args: JsonObject): string =>
  `[Whoever approved this call changed its arguments to ${JSON.stringify(args)}]`

function tell({ recap: { of, until, compaction } }: Recap, outcomeOf: OutcomeOf): string {
  const view = viewOf(chainOf({ after: of, messages: [], ...(compaction && { compaction }) }, outcomeOf), outcomeOf)
  const end = view.findIndex(({ answerOf }) => answerOf === until)
  if (end === -1) throw new Error(`The conversation has no model step '${until}'.`)
  return recapText(uniqueToolUseIds(view.slice(0, end).map(({ message }) => message)))
}

/** A tool step that failed is an error that the model sees: every tool_use has its tool_result. */
function toResult(step: string, entry: OutcomeEntry | undefined): ToolResult {
  if (!entry) throw new Error(`The journal has no tool step '${step}'.`)
  return entry.type === 'error' ? toolError(entry.error.message) : (entry.value as unknown as ToolResult)
}
