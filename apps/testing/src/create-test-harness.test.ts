import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineTool } from '@longhaul/runtime'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createTestHarness, type HarnessOptions, scripted, type TestHarness } from './index.ts'

const DAY_MS = 86_400_000
let harness: TestHarness | undefined
const open = async (options: HarnessOptions) => {
  harness = await createTestHarness(options)
  return harness
}
afterEach(() => harness?.close())

const nightly = defineTool({
  name: 'nightly',
  description: 'Counts nights.',
  inputSchema: z.object({ nights: z.number() }),
  async execute({ nights }, ctx) {
    const seen: number[] = []
    for (let night = 0; night < nights; night++) {
      await ctx.sleep(DAY_MS)
      seen.push(await ctx.step(`night-${night}`, () => Date.now()))
    }
    return { seen }
  },
})

test('time passes at once, and what is due comes due in its order, as often as there is time', async () => {
  const { submit, skip } = await open({ tools: [nightly] })
  const began = Date.now()
  const task = await submit('nightly', { nights: 10 })
  expect(await task.status()).toBe('working')
  await expect(task.result()).rejects.toThrow('waits for a time to come: skip(ms)')
  await skip(5.5 * DAY_MS)
  expect(await task.status()).toBe('working')
  expect((await task.journal()).filter(({ kind }) => kind === 'step')).toHaveLength(5)
  await skip(5 * DAY_MS)
  const { seen } = (await task.value()) as { seen: number[] }
  expect(seen).toHaveLength(10)
  // Each night is a day after the one before, by every clock there is.
  for (const [night, at] of seen.entries()) {
    expect(at - began).toBeGreaterThanOrEqual((night + 1) * DAY_MS)
    expect(at - began).toBeLessThan((night + 1) * DAY_MS + 600_000)
  }
})

const ask = defineTool({
  name: 'ask',
  description: 'Asks a person.',
  inputSchema: z.object({}),
  needs: { elicitation: true },
  async execute(_, ctx) {
    const schema = z.object({ isDone: z.boolean() })
    const reply = await ctx.elicit({ message: 'Is it done?', schema, deadlineMs: 7 * DAY_MS })
    return { action: reply.action, ...(reply.action === 'accept' && { isDone: reply.content.isDone }) }
  },
})

test('a question is answered, or not, and one that does not fit is refused', async () => {
  const { submit, skip } = await open({ tools: [ask] })
  const [first, second, third] = [await submit('ask'), await submit('ask'), await submit('ask')]
  expect(await first.questions()).toMatchObject([{ key: 'elicit#1', message: 'Is it done?' }])
  await expect(first.result()).rejects.toThrow("waits for an answer to 'elicit#1' (elicitation/create)")
  await expect(first.answer({ isDone: 'perhaps' })).rejects.toThrow('isDone must be boolean')
  await first.answer({ isDone: true })
  expect(await first.value()).toEqual({ action: 'accept', isDone: true })
  await second.answer('decline')
  expect(await second.value()).toEqual({ action: 'decline' })
  await expect(second.answer('decline')).rejects.toThrow('The task asks nothing.')
  await skip(8 * DAY_MS)
  expect(await third.result()).toMatchObject({ isError: true })
})

const count = defineTool({
  name: 'count',
  description: 'Counts the letters of a word.',
  inputSchema: z.object({ word: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ word }) => ({ letters: word.length }),
})
const COUNTER = '---\ndescription: Counts letters.\ntools: [count]\n---\nYou count.'

test('an agent follows the script of its model, and what it should hear is checked', async () => {
  const call = { call: [{ tool: 'count', with: { word: 'fox' } }] }
  const right = scripted([call, { expect: ['3'], say: 'Three.' }])
  const { submit } = await open({ tools: [count], agents: { counter: COUNTER }, model: right })
  expect(await (await submit('counter', { prompt: 'fox' })).value()).toBe('Three.')
  await harness?.close()

  const wrong = scripted([{ when: ['You count.'], turns: [call, { expect: ['4'], say: 'Four.' }] }])
  const other = await open({ tools: [count], agents: { counter: COUNTER }, model: { auto: wrong } })
  const task = await other.submit('counter', { prompt: 'fox' })
  await expect(task.value()).rejects.toThrow(/expected "4", heard/)
})

test('what cannot be used is said at once', async () => {
  await expect(createTestHarness({ agents: { counter: '---\ntools: 7\n---\nYou count.' } })).rejects.toThrow(
    'agents/counter.md',
  )
  const { submit } = await open({ tools: [count] })
  await expect(submit('cuont')).rejects.toThrow('Unknown tool: cuont')
})

function makeFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'longhaul-harness-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  for (const folder of ['agents', 'workflows']) mkdirSync(join(dir, folder))
  return dir
}

test('an agent of a folder calls a workflow of it, once a person approves, and hears what it came to', async () => {
  const dir = makeFolder()
  writeFileSync(join(dir, 'agents/chief.md'), '---\ndescription: Leads.\ntools: measure\n---\nYou lead.')
  const flow = `
description: Measures.
inputs: { word: { required: true } }
steps:
  sure: { approval: Go on? }
  count: { needs: sure, tool: count, with: { word: "\${{ inputs.word }}" } }
outputs: { of: "\${{ steps.count.outputs.letters }}" }`
  writeFileSync(join(dir, 'workflows/measure.yaml'), flow)
  const model = scripted([
    { call: [{ tool: 'measure', with: { word: 'fox' } }] },
    { expect: ['{"of":3}'], say: 'Three.' },
  ])
  const { submit } = await open({ project: dir, tools: [count], model })
  const task = await submit('chief', { prompt: 'Measure the fox.' })
  expect(await task.questions()).toMatchObject([{ key: 't1.1.approval' }])
  await task.answer({ decision: 'approve' })
  expect(await task.questions()).toMatchObject([{ message: 'Go on?' }])
  await task.answer({ decision: 'approve' })
  expect(await task.value()).toBe('Three.')
})

test('what a given tool did for a workflow is undone by that tool', async () => {
  const dir = makeFolder()
  writeFileSync(
    join(dir, 'workflows/build.yaml'),
    'description: Builds.\nsteps:\n  make: { tool: make }\n  ask: { needs: make, approval: Go on? }',
  )
  const did: string[] = []
  const facts = { name: 'make', description: 'Makes a thing.', inputSchema: z.object({}) }
  const make = defineTool({ ...facts, execute: () => void did.push('made'), undo: () => did.push('unmade') })
  const { submit } = await open({ project: dir, tools: [make] })
  const task = await submit('build')
  await task.answer('decline')
  expect(await task.result()).toMatchObject({ isError: true })
  expect(did).toEqual(['made', 'unmade'])
})
