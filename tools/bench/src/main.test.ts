import { fileURLToPath } from 'node:url'
import { needs, spawnNode } from '@longhaul/testbed'
import { expect, test } from 'vitest'
import { GROUPS } from './figures.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

/** Runs the tool on tiny counts, so that its figures mean nothing. */
async function runQuickly(...args: string[]) {
  const lines: string[] = []
  const tool = spawnNode(MAIN, { args: ['--quick', ...args], onLine: (line) => lines.push(line) })
  const { code } = await tool.exited
  return { code, text: lines.join('\n') }
}

const NAME = 'measures every figure beside its reference'
test.runIf(needs('redis-server', NAME))(NAME, { timeout: 240_000 }, async () => {
  const { code, text } = await runQuickly('--json')
  expect(code, text).toBe(0)
  const results = JSON.parse(text.slice(text.indexOf('{\n')))
  expect(Object.keys(results).toSorted()).toEqual(
    GROUPS.flatMap(({ figures }) => figures.map(({ name }) => name)).toSorted(),
  )
  for (const [name, { value, reference, ratio }] of Object.entries<Record<string, number>>(results)) {
    expect(value, name).toBeGreaterThanOrEqual(0)
    expect(reference, name).toBeGreaterThan(0)
    expect(ratio, name).toBeCloseTo(Number(value) / Number(reference))
  }
})

test('says what --only takes, and measures nothing', async () => {
  const { code, text } = await runQuickly('--only', 'everything')
  expect(code).toBe(2)
  // Whatever is measured says so in lines of its own.
  expect(text).toBe(
    "error: option '--only <figures...>' argument 'everything' is invalid. " +
      'Allowed choices are steps5, legacyCycle, tasksGet, suspended, retained, conversation, agentLoop, scaling. ' +
      '(npm run bench -- --help says more)',
  )
})
