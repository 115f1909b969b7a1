import { expect, test } from 'vitest'
import { type PriceTable, parsePriceFile, withPrices } from './index.ts'
import { PRICES } from './price-table.ts'
import { costUsd, mostUsd, windowOf } from './prices.ts'

const table: PriceTable = {
  'a/plain': { input: 2, output: 10 },
  'a/cached': { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  'a/long': { input: 2, output: 10, long: { above: 1000, input: 4, output: 15 } },
  'a/dear': [
    { input: 1, output: 1 },
    { from: '2026-12-01', input: 2, output: 2 },
  ],
}
const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 }

test.each([
  ['a/plain', { inputTokens: 1000, outputTokens: 100 }, 0.003],
  ['a/plain', { inputTokens: 3, outputTokens: 0 }, 0.000006],
  ['a/plain', { inputTokens: 1000, outputTokens: 0, cacheReadTokens: 900 }, 0.002],
  ['a/cached', { inputTokens: 1000, outputTokens: 0, cacheReadTokens: 600, cacheWriteTokens: 300 }, 0.00107],
  ['a/long', { inputTokens: 1000, outputTokens: 1000 }, 0.012],
  ['a/long', { inputTokens: 1001, outputTokens: 1000 }, 0.019004],
  ['a/plain-20260928', { inputTokens: 1000, outputTokens: 100 }, 0.003],
  ['a/plain-2026-09-28', { inputTokens: 1000, outputTokens: 100 }, 0.003],
  ['a/plain', { inputTokens: 1000 }, undefined],
  ['a/other', million, undefined],
  ['toString', million, undefined],
])('%s with %j costs %s', (model, usage, cost) => {
  expect(costUsd(model, usage, { tables: [table] })).toBe(cost)
})

test('a price counts from its day on', () => {
  const on = (day: string) => costUsd('a/dear', million, { tables: [table], at: new Date(day) })
  expect([on('2026-11-30T23:59:59Z'), on('2026-12-01T00:00:00Z')]).toEqual([2, 4])
})

test('the first table that has the model counts', () => {
  const free = { 'a/plain': { input: 0, output: 0 } }
  expect(costUsd('a/plain', million, { tables: [free, table] })).toBe(0)
  expect(costUsd('a/cached', million, { tables: [free, table] })).toBe(12)
})

test('a window is what the first table says that says one, whatever it says of prices', () => {
  const own: PriceTable = { 'a/plain': { input: 0, output: 0 }, 'a/cached': { window: 5 } }
  const known: PriceTable = {
    'a/plain': { window: 9, input: 1, output: 1 },
    'a/cached': { window: 9, input: 1, output: 1 },
  }
  const windows = ['a/plain-20260928', 'a/cached', 'a/other'].map((model) => windowOf(model, [own, known]))
  expect(windows).toEqual([9, 5, undefined])
  expect(costUsd('a/cached', million, { tables: [own, known] })).toBe(2)
})

test('our own table has the window of every model', () => {
  expect(Object.keys(PRICES).filter((model) => (windowOf(model, [PRICES]) ?? 0) < 100_000)).toEqual([])
})

test('our own table has a price for what auto takes', () => {
  expect(Object.keys(PRICES)).toEqual(expect.arrayContaining(['anthropic/claude-sonnet-5-5', 'openai/gpt-6.1-sol']))
})

test('an answer says what it cost, by the prices of the project as they are then', async () => {
  let prices: PriceTable = {}
  const answer = { model: 'a/plain', role: 'assistant', content: [], usage: million } as const
  const model = withPrices({ id: 'a/plain', generate: async () => answer }, () => prices)
  const generate = () => model.generate({ messages: [], maxTokens: 9 }, { signal: new AbortController().signal })
  expect(await generate()).toEqual(answer)
  prices = table
  expect(await generate()).toEqual({ ...answer, costUsd: 12 })
})

test('the prices of a project are read, and its mistakes have their lines', () => {
  const good =
    'ollama/llama: { window: 32768 }\na/b:\n  - { input: 1, output: 2 }\n  - { from: 2026-12-01, input: 2, output: 4 }\n'
  expect(parsePriceFile(good, 'prices.yaml')).toEqual({
    problems: [],
    prices: {
      'ollama/llama': { window: 32_768 },
      'a/b': [
        { input: 1, output: 2 },
        { from: '2026-12-01', input: 2, output: 4 },
      ],
    },
  })
  expect(parsePriceFile('# none yet\n', 'prices.yaml')).toEqual({ problems: [], prices: {} })
  const bad = 'a/b: { input: 1, output: 2 }\nc/d: { window: 0 }\ne: { input: 1, output: 2 }\n'
  const { prices, problems } = parsePriceFile(bad, 'prices.yaml')
  expect(prices).toBeUndefined()
  expect(problems.map(({ line, message }) => [line, message.slice(0, 26)])).toEqual([
    [2, "The price of 'c/d' cannot "],
    [3, "The price of 'e' cannot be"],
  ])
  expect(parsePriceFile('- a\n', 'prices.yaml').problems).toMatchObject([{ line: 1, severity: 'error' }])
  expect(parsePriceFile('a: [', 'prices.yaml').problems[0]?.message).toContain('This is not YAML')
})

test.each([
  ['a/plain', 1000, 100, 0.003],
  // All of it may be written to the cache.
  ['a/cached', 1000, 100, 0.0035],
  ['a/long', 1000, 100, 0.003],
  ['a/long', 2000, 100, 0.0095],
  ['a/none', 1000, 100, undefined],
])('%s with %d and %d tokens costs %s at most', (model, inputTokens, outputTokens, expected) => {
  expect(mostUsd(model, { inputTokens, outputTokens }, { tables: [table] })).toBe(expected)
})
