import type { Problem } from '@longhaul/task'
import { z } from 'zod'
import type { PriceTable } from './prices.ts'
import { problem, readYaml } from './yaml-file.ts'

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
  const read = readYaml(text, file)
  if (read.kind === 'problems') return { problems: read.problems }
  // A file with comments only has no prices.
  const parsed = table.safeParse(read.value ?? {})
  if (parsed.success) return { prices: parsed.data, problems: [] }
  const names = new Set(parsed.error.issues.map(({ path }) => path[0]))
  const problems = [...names].map((name) =>
    problem(
      file,
      read.lineOf(name === undefined ? [] : [name]),
      name === undefined ? HOW_TO_WRITE : `The price of '${String(name)}' cannot be used. ${HOW_TO_WRITE}`,
    ),
  )
  return { problems: problems.toSorted((a, b) => a.line - b.line) }
}
