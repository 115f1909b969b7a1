import { fileURLToPath } from 'node:url'
import { spawnNode } from '@longhaul/testbed'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const UNJOURNALED = fileURLToPath(new URL('../fixtures/unjournaled', import.meta.url))
/** Some 15 s alone; other tests share the machine. */
const MAX_MS = 120_000

async function runDemo(...args: string[]) {
  // Settings of the surroundings must not reach it: with these it could not even be called.
  const demo = spawnNode(MAIN, { args, env: { LONGHAUL_API_KEYS: 'wrong', ANTHROPIC_API_KEY: 'wrong', PORT: '1' } })
  const { code } = await demo.exited
  const verdicts = demo.output.split('\n').filter((line) => /^ {2}(kept|BROKEN) /.test(line))
  return { code, output: demo.output, broken: verdicts.filter((line) => line.includes('BROKEN')), verdicts }
}

test('keeps every promise, and ends with 0', { timeout: MAX_MS }, async () => {
  const { code, output, broken, verdicts } = await runDemo()
  expect(broken, output).toEqual([])
  expect(code, output).toBe(0)
  expect(verdicts).toHaveLength(10)
  expect(output).toMatch(/✗.*killed with SIGKILL/)
})

test('says which promise a tool without steps breaks, and ends with 1', { timeout: MAX_MS }, async () => {
  const { code, output, broken } = await runDemo(UNJOURNALED)
  expect(broken, output).toEqual([expect.stringMatching(/^ {2}BROKEN {2}once .* was posted 2 times$/)])
  expect(output).toContain('Broken: once.')
  expect(code).toBe(1)
})
