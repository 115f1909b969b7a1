import { isBlank, type ModelAnswer } from './content.ts'
import { contentText } from './content-text.ts'
import type { Link, OutcomeOf } from './conversation-chain.ts'
import type { OutcomeEntry } from './journal.ts'

/**
 * From a model step on, a model sees of its conversation the first message, what was summed up of the turns after it,
 * and the newest turns. This is the value of the step that decided it. No interface, so that it is JSON for TypeScript,
 * too.
 */
export type Compaction = {
  readonly policy: 'trim' | 'summarise'
  /** `near`: the conversation neared the model's window; `tooLong`: the model would not take it. */
  readonly why: 'near' | 'tooLong'
  /** The first model step whose answer stays, in the same scope. */
  readonly from: string
  /** The model step that summed up what is left out, in the same scope; absent where it is just left out. */
  readonly summary?: string
  /** What the conversation took before, as far as that was known. */
  readonly tokens: number
}

/** The newest compaction of a chain, in the places of its links. */
export interface Cut {
  readonly compaction: Compaction
  /** The link from which on it counts. */
  readonly at: number
  /** The first link whose answer stays. */
  readonly from: number
  /** What the model that summed it up said, in words. */
  readonly summary?: string
}

/** Every compaction of a chain, oldest first. @throws Error when the journal lacks a step that one refers to */
export const cutsOf = (links: readonly Link[], outcomeOf: OutcomeOf): Cut[] =>
  links.flatMap(({ said: { compaction } }, at) =>
    compaction ? [toCut(links, { step: compaction, at }, outcomeOf)] : [],
  )

function toCut(
  links: readonly Link[],
  { step, at }: { readonly step: string; readonly at: number },
  outcomeOf: OutcomeOf,
): Cut {
  const prefix = step.slice(0, step.lastIndexOf('/') + 1)
  const compaction = keptAt<Compaction>(step, outcomeOf)
  const from = links.findIndex(({ key }) => key === prefix + compaction.from)
  if (from === -1) throw new Error(`The conversation has no model step '${compaction.from}' to go on from.`)
  if (compaction.summary === undefined) return { compaction, at, from }
  return { compaction, at, from, summary: summaryText(keptAt<ModelAnswer>(prefix + compaction.summary, outcomeOf)) }
}

/** What an answer says, in words; empty where it says nothing. */
export const summaryText = ({ content }: ModelAnswer): string =>
  content
    .flatMap((block) => (block.type === 'tool_use' || block.type === 'tool_result' || isBlank(block) ? [] : [block]))
    .map(contentText)
    .join('\n')

/** What a model reads in place of the turns that are left out, after the first message. */
export function describeCut({ from, summary }: Cut): string {
  const turns = from === 1 ? 'The first turn' : `The first ${from} turns`
  const were = `${turns} of this conversation ${from === 1 ? 'was' : 'were'} left out here, since it had become too long.`
  return summary === undefined ? `[${were}]` : `[${were} This is a summary of what was left out:]\n\n${summary}`
}

function keptAt<T>(step: string, outcomeOf: OutcomeOf): T {
  const entry: OutcomeEntry | undefined = outcomeOf(step)
  if (entry?.type !== 'value') throw new Error(`The journal has no step '${step}'.`)
  return entry.value as T
}
