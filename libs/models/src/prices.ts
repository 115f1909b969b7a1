import type { Usage } from '@longhaul/task'
import type { MostTokens } from './model.ts'

/** US dollars per million tokens. Tokens of the cache cost as much as others where it does not say. */
export interface Rates {
  readonly input: number
  /** Thinking included. */
  readonly output: number
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
}

export interface Price extends Rates {
  /** First day, in UTC, on which it is charged, as `2026-12-01`; absent: it always was. */
  readonly from?: string | undefined
  /** What all tokens of a request cost whose input is more than `above` tokens. */
  readonly long?: (Rates & { readonly above: number }) | undefined
  /** As in `Window`. */
  readonly window?: number | undefined
}

export interface Window {
  /** Most tokens that a conversation may have, the answer included. */
  readonly window: number
}

type Entry = Price | Window

/** By `provider/model`. Of several prices of one model the last one counts that is charged already. */
export type PriceTable = Readonly<Record<string, Entry | readonly Entry[]>>

/** The date that providers append to the name of a model. */
const DATED = /-\d{4}-?\d{2}-?\d{2}$/

/**
 * What a call of a model cost, in US dollars.
 * @returns undefined when the tables do not have the model, or its provider did not count
 */
export function costUsd(
  model: string,
  { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 }: Usage,
  { tables, at = new Date() }: { /** The first that has the model counts. */ tables: readonly PriceTable[]; at?: Date },
): number | undefined {
  const price = priceOf(model, tables, at)
  if (!price || inputTokens === undefined || outputTokens === undefined) return undefined
  const {
    input,
    output,
    cacheRead = input,
    cacheWrite = input,
  } = price.long && inputTokens > price.long.above ? price.long : price
  const plain = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens)
  const perMillion = plain * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite + outputTokens * output
  // Without the noise of binary fractions.
  return Number((perMillion / 1e6).toFixed(9))
}

/**
 * Most tokens of a conversation with a model.
 * @param tables the first that says it counts
 * @returns undefined when none does
 */
export const windowOf = (model: string, tables: readonly PriceTable[]): number | undefined =>
  entriesOf(model, tables).flatMap((entries) => entries.findLast(({ window }) => window !== undefined)?.window ?? [])[0]

/** The most US dollars that a call of a model can cost; undefined when the tables do not have it. */
export function mostUsd(
  model: string,
  { inputTokens, outputTokens }: MostTokens,
  { tables, at = new Date() }: { /** The first that has the model counts. */ tables: readonly PriceTable[]; at?: Date },
): number | undefined {
  const price = priceOf(model, tables, at)
  if (!price) return undefined
  const costAt = ({ input, output, cacheRead = 0, cacheWrite = 0 }: Rates) =>
    (inputTokens * Math.max(input, cacheRead, cacheWrite) + outputTokens * output) / 1e6
  // Whether a request is a long one only its provider counts.
  return Math.max(costAt(price), price.long && inputTokens > price.long.above ? costAt(price.long) : 0)
}

function priceOf(model: string, tables: readonly PriceTable[], at: Date): Price | undefined {
  const today = at.toISOString().slice(0, 10)
  const prices = entriesOf(model, tables).map((entries) => entries.filter((entry) => 'input' in entry))
  return prices.flatMap((some) => some.findLast(({ from }) => from === undefined || from <= today) ?? [])[0]
}

/** What each table says of the model, with and without the date in its name. */
function entriesOf(model: string, tables: readonly PriceTable[]): (readonly Entry[])[] {
  const names = [model, model.replace(DATED, '')]
  return tables.flatMap((table) => names.map((name) => (Object.hasOwn(table, name) ? [table[name] ?? []].flat() : [])))
}
