import { YamlFile } from '@longhaul/project-files'
import type { Problem } from '@longhaul/task'
import { z } from 'zod'
import type { PriceTable } from './prices.ts'

const usd = z.number().min(0)
const rates = { input: usd, output: usd, cacheRead: usd.optional(), cacheWrite: usd.optional() }
const window = z.int().min(1)
const price = z.strictObject({
  ...rates,
  window: window.optional(),
  from: z.iso.date().optional(),
  long: z.strictObject({ ...rates, above: z.int().min(1) }).optional(),
})
const table = z.record(
  z.string().regex(/^[^/]+\/.+$/),
  z.union([price, z.array(price).min(1), z.strictObject({ window })]),
)

const HOW_TO_WRITE =
  'Write provider/model: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 }, in US dollars per million tokens; the last two, from: 2026-12-01, long: { above: 200000, input: 4, output: 15 } and window: 200000 (most tokens of a conversation) may be left out. The window may stand alone.'

/**
 * Reads the `prices.yaml` of a project.
 * @param file path that the problems name
 * @returns the prices, unless there are problems
 */
export function parsePriceFile(
  text: string,
  file: string,
): { readonly prices?: PriceTable; readonly problems: readonly Problem[] } {
  const priceFile = new YamlFile(text, file)
  const given = priceFile.read()
  if (given === undefined) return { problems: priceFile.problems }
  // A file with comments only has no prices.
  const parsed = table.safeParse(given ?? {})
  if (parsed.success) return { prices: parsed.data, problems: [] }
  for (const name of new Set(parsed.error.issues.map(({ path }) => path[0]))) {
    if (name === undefined) priceFile.complain([], HOW_TO_WRITE)
    else priceFile.complain([name], `The price of '${String(name)}' cannot be used. ${HOW_TO_WRITE}`)
  }
  return { problems: priceFile.problems }
}
