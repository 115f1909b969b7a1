import { findKeyLeaks } from '@longhaul/testbed'
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toPrompt } from '../crash-project/driver/script.ts'
import { type Run, startWorld, type World } from '../crash-project/driver/world.ts'

/** Longest time from a kill until a task of the dead worker goes on, with the settings as they come. */
const RECOVERY_MS = 10_000

/** What the client's user says to the question whether to do it again; absent: the client cannot be asked. */
type Decision = 'repeat' | 'fail' | 'decline'

let world: World
let killedAt: number

/** Every run is in the middle of its effect `in-flight` when the one worker is killed. Another is there to go on. */
beforeAll(async () => {
  // Without task tools only clients that declare elicitation can be asked.
  world = await startWorld({ workers: 1, env: { LONGHAUL_CONCURRENCY: '40', LONGHAUL_TASK_TOOLS: 'hidden' } })
  await Promise.all([
    ...REPEATED.map(({ tool }) => beginAgent(`repeated ${tool}`, tool, 'repeat')),
    ...ASKED.flatMap(({ tool }) => [
      beginAgent(`repeat ${tool}`, tool, 'repeat'),
      beginAgent(`fail ${tool}`, tool, 'fail'),
      beginAgent(`silent ${tool}`, tool),
    ]),
    beginAgent('decline post', 'post', 'decline'),
    beginAgent('fail_step', 'fail_step', 'repeat'),
    begin('alone put', 'put', 'repeat'),
    begin('alone repeat', 'post', 'repeat'),
    begin('alone fail', 'post', 'fail'),
    begin('alone silent', 'post'),
  ])
  await world.stack.addWorker()
  killedAt = Date.now()
  await world.stack.workers[0]?.process.kill('SIGKILL')
}, 60_000)
afterAll(() => world?.stop())

const REPEATED = [
  { what: 'a TypeScript tool that says it is idempotent', tool: 'put', hasKey: false },
  { what: 'a step of a TypeScript tool', tool: 'put_step', hasKey: true },
  { what: 'an upstream tool that says it is idempotent, of a trusted server', tool: 'trusted__put', hasKey: true },
]
const ASKED = [
  { what: 'a TypeScript tool that says nothing', tool: 'post', hasKey: false },
  { what: 'a step of a TypeScript tool that is to be asked about', tool: 'post_step', hasKey: true },
  { what: 'an upstream tool that says nothing, of a trusted server', tool: 'trusted__post', hasKey: true },
  { what: 'an upstream tool that says it is idempotent, of another server', tool: 'stranger__put', hasKey: true },
]

describe.each(REPEATED)('a call of $what', ({ tool, hasKey }) => {
  test('is repeated, with the same key, and nothing else is', async () => {
    const run = world.run(`repeated ${tool}`)
    expect(await run.result).toEqual({ isError: false, text: words(run, 'is done') })
    expect(world.recorder.counts(run.name)).toEqual({ before: 1, 'in-flight': 2, after: 1 })
    expectOneKey(run, hasKey)
    expect(questions(run)).toEqual(['m1', 'm2', 'm3', 'm4'])
  })
})

describe.each(ASKED)('a call of $what', ({ tool, hasKey }) => {
  test('is repeated, with the same key, where the user says so', async () => {
    const run = world.run(`repeat ${tool}`)
    expect(await run.result).toEqual({ isError: false, text: words(run, 'is done') })
    expect(world.recorder.counts(run.name)).toEqual({ before: 1, 'in-flight': 2, after: 1 })
    expectOneKey(run, hasKey)
    expect(questions(run)).toEqual(['m1', 'm2', doubtOf(tool), 'm3', 'm4'])
  })

  test('is not repeated where the user says so, and the model hears of it', async () => {
    const run = world.run(`fail ${tool}`)
    expect(await run.result).toEqual({
      isError: false,
      text: expect.stringMatching(
        /ERROR It is not known whether .* took effect\. It was decided not to do it again\.\n.*after/,
      ),
    })
    expect(world.recorder.counts(run.name)).toEqual({ before: 1, 'in-flight': 1, after: 1 })
    expect(questions(run)).toEqual(['m1', 'm2', doubtOf(tool), 'm3', 'm4'])
  })

  test('is not repeated where nobody can be asked, and the model hears why', async () => {
    const run = world.run(`silent ${tool}`)
    expect(await run.result).toEqual({
      isError: false,
      text: expect.stringMatching(
        /ERROR The worker was lost during .* It may or may not have taken effect\. Nobody can be asked whether to do it again\.\n.*after/,
      ),
    })
    expect(world.recorder.counts(run.name)).toEqual({ before: 1, 'in-flight': 1, after: 1 })
    expect(questions(run)).toEqual(['m1', 'm2', 'm3', 'm4'])
  })
})

test('a question that is declined repeats nothing', async () => {
  const run = world.run('decline post')
  expect((await run.result).text).toContain('It was decided not to do it again.')
  expect(world.recorder.counts(run.name)).toEqual({ before: 1, 'in-flight': 1, after: 1 })
})

test('a step that is to fail is not repeated, and nobody is asked', async () => {
  const run = world.run('fail_step')
  expect((await run.result).text).toContain('It may or may not have taken effect. It is not done again.')
  expect(world.recorder.counts(run.name)).toEqual({ before: 1, 'in-flight': 1, after: 1 })
  expect(questions(run)).toEqual(['m1', 'm2', 'm3', 'm4'])
})

describe('a task that is one call', () => {
  test('is repeated where its tool says that it is idempotent', async () => {
    const run = world.run('alone put')
    expect(await run.result).toEqual({ isError: false, text: 'alone put/in-flight is done' })
    expect(world.recorder.counts(run.name)).toEqual({ 'in-flight': 2 })
    expect(questions(run)).toEqual([])
  })

  test('is repeated where the user says so', async () => {
    const run = world.run('alone repeat')
    expect(await run.result).toEqual({ isError: false, text: 'alone repeat/in-flight is done' })
    expect(world.recorder.counts(run.name)).toEqual({ 'in-flight': 2 })
    expect(run.client.asked.map(({ message }) => message)).toEqual([
      `The worker was lost during the tool 'post'. It may or may not have taken effect. Should it be done again? (attempt 1, idempotency key ${run.taskId}/!run)`,
    ])
  })

  test('fails where the user says so', async () => {
    const run = world.run('alone fail')
    const text = "It is not known whether the tool 'post' took effect. It was decided not to do it again."
    expect(await run.result).toEqual({ isError: true, text })
    expect(await run.client.status(run.taskId)).toBe('failed')
    expect(world.recorder.counts(run.name)).toEqual({ 'in-flight': 1 })
  })

  test('fails with the reason where nobody can be asked', async () => {
    const run = world.run('alone silent')
    const text =
      "The worker was lost during the tool 'post'. It may or may not have taken effect. Nobody can be asked whether to do it again."
    expect(await run.result).toEqual({ isError: true, text })
    expect(await run.client.status(run.taskId)).toBe('failed')
    expect(world.recorder.counts(run.name)).toEqual({ 'in-flight': 1 })
  })
})

test(`goes on elsewhere within ${RECOVERY_MS} ms, with the settings as they come`, async () => {
  await world.ended()
  const again = world.recorder.reports.filter(({ what, at }) => what.endsWith('/in-flight') && at > killedAt)
  const tookMs = again.map(({ at }) => at - killedAt)
  console.log(`from the kill to running again: ${Math.min(...tookMs)} to ${Math.max(...tookMs)} ms`)
  expect(Math.max(...tookMs)).toBeLessThan(RECOVERY_MS)
  expect(world.workerOf(again[0] ?? expect.fail()).process.pid).toBe(world.stack.workers[1]?.process.pid)
})

test('leaves no key behind that no rule ends', async () => {
  await world.ended()
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

/** An agent whose second call is in flight at the kill. */
const beginAgent = (name: string, tool: string, decision?: Decision) =>
  beginTask(name, decision, 'caller_agent', {
    prompt: toPrompt({
      run: name,
      turns: [
        [{ tool: 'post_step', what: 'before' }],
        [{ tool, what: 'in-flight' }],
        [{ tool: 'post_step', what: 'after' }],
      ],
    }),
  })

const begin = (name: string, tool: string, decision?: Decision) =>
  beginTask(name, decision, tool, { what: `${name}/in-flight` })

async function beginTask(
  name: string,
  decision: Decision | undefined,
  tool: string,
  args: Record<string, unknown>,
): Promise<void> {
  const elicit = (): ElicitResult =>
    decision === 'decline' ? { action: 'decline' } : { action: 'accept', content: { decision: decision ?? '' } }
  const { reached } = world.recorder.hold(`${name}/in-flight`)
  const { result } = await world.begin(name, { tool, args, ...(decision && { elicit }) })
  await Promise.race([reached, result])
}

function expectOneKey(run: Run, hasKey: boolean): void {
  const keys = world.recorder.begun(`${run.name}/in-flight`).map(({ key }) => key)
  const [first] = keys
  expect(keys).toEqual([first, first])
  if (hasKey) expect(first).toMatch(new RegExp(`^${run.taskId}/t2\\.1`))
}

const words = ({ name }: Run, end: string): string =>
  ['before', 'in-flight', 'after'].map((effect) => `${name}/${effect} ${end}`).join('\n')

const questions = ({ client }: Run): string[] => client.asked.map(({ key }) => key)

/** Key of the question about the call in flight: about the step of the tool where it has one. */
const doubtOf = (tool: string): string => (tool.endsWith('_step') ? 't2.1/write!1' : 't2.1!1')
