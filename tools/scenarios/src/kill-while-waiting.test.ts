import { findKeyLeaks } from '@longhaul/testbed'
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { playTurn, toPrompt } from '../crash-project/driver/script.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** When the client answers the question that is open at the kill. */
const WHEN = ['while no worker lives', 'when another worker is there'] as const
type When = (typeof WHEN)[number]

let world: World
const moments = Object.fromEntries(WHEN.map((when) => [when, Promise.withResolvers<void>()])) as Record<
  When,
  PromiseWithResolvers<void>
>

/** Every run waits for an answer when the one worker is killed. */
beforeAll(async () => {
  world = await startWorld({ workers: 1 })
  await Promise.all([
    begin('provider', { until: () => world.recorder.hold('provider/m2').reached }),
    ...WHEN.flatMap((when) => [
      begin(`model ${when}`, { when, question: 'm2' }),
      begin(`form ${when}`, { when, question: 'name', tool: 'form' }),
      begin(`beside ${when}`, {
        when,
        question: 'name',
        tool: 'form_beside_step',
        until: () => world.recorder.hold(`beside ${when}/beside`).reached,
      }),
    ]),
  ])
  await world.killWorkers()
  moments['while no worker lives'].resolve()
  await Promise.all(['model', 'form', 'beside'].map((name) => answered(`${name} while no worker lives`)))
  await world.stack.addWorker()
  moments['when another worker is there'].resolve()
}, 60_000)
afterAll(() => world?.stop())

test('a call of a provider is repeated word for word, and nothing else is', async () => {
  const { result } = world.run('provider')
  expect(await result).toEqual({ isError: false, text: 'provider/before is done\nprovider/after is done' })
  expect(world.recorder.counts('provider')).toEqual({ m1: 1, before: 1, m2: 2, after: 1, m3: 1 })
  const [first, second] = world.model.asked.get('provider/m2') ?? []
  expect(first?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool'])
  expect(second).toEqual(first)
})

describe.each(WHEN)('a question that is answered %s', (when) => {
  test("to the caller's model: nothing is asked or done again", async () => {
    const { client, result } = world.run(`model ${when}`)
    expect(await result).toEqual({ isError: false, text: `model ${when}/before is done\nmodel ${when}/after is done` })
    expect(client.asked.map(({ key }) => key)).toEqual(['m1', 'm2', 'm3'])
    expect(world.recorder.counts(`model ${when}`)).toEqual({ before: 1, after: 1 })
  })

  test('to a person: nothing is asked or done again', async () => {
    const { client, result } = world.run(`form ${when}`)
    expect(await result).toEqual({ isError: false, text: 'Hello Ann' })
    expect(client.asked.map(({ key }) => key)).toEqual(['name'])
    expect(world.recorder.counts(`form ${when}`)).toEqual({ before: 1, after: 1 })
  })

  test('to a person, beside a step that was in flight: the step is repeated, the question is not', async () => {
    const { client, result } = world.run(`beside ${when}`)
    expect(await result).toEqual({ isError: false, text: `Hello Ann, beside ${when}/beside is done` })
    expect(client.asked.map(({ key }) => key)).toEqual(['name'])
    expect(world.recorder.counts(`beside ${when}`)).toEqual({ beside: 2 })
  })
})

test('leaves no key behind that no rule ends', async () => {
  await world.ended()
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

/** Begins a task; resolves when it waits. */
async function begin(
  name: string,
  {
    when,
    question,
    tool,
    until,
  }: {
    readonly when?: When
    /** Key of the question that is open at the kill. */
    readonly question?: string
    readonly tool?: string
    readonly until?: () => Promise<unknown>
  },
): Promise<void> {
  const moment = async (key: string) => {
    if (when && key === question) await moments[when].promise
  }
  const reached = until?.()
  const agent = when ? 'caller_agent' : 'provider_agent'
  const turns = [[{ tool: 'post_step', what: 'before' }], [{ tool: 'post_step', what: 'after' }]]
  const { client } = await world.begin(name, {
    tool: tool ?? agent,
    args: tool ? { run: name } : { prompt: toPrompt({ run: name, turns }) },
    elicit: async (_message, key): Promise<ElicitResult> => {
      await moment(key)
      return { action: 'accept', content: { name: 'Ann' } }
    },
    sample: async (params, key) => {
      await moment(key)
      return playTurn(params)
    },
  })
  await Promise.all([reached, question && client.shown(question)])
}

/** Resolves when the answer was taken: nothing is open any more. */
async function answered(name: string): Promise<void> {
  const { client, taskId } = world.run(name)
  await vi.waitFor(async () => expect(await client.status(taskId)).toBe('working'))
}
