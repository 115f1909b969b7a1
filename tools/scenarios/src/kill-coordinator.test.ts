import { findKeyLeaks } from '@longhaul/testbed'
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CrashClient, Result } from '../crash-project/driver/client.ts'
import { playTurn, toPrompt } from '../crash-project/driver/script.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** Who holds the request that waits for the task's end. */
const HOLDERS = ['tasks/result', 'tools/call'] as const
type Holder = (typeof HOLDERS)[number]

interface Waiting {
  readonly client: CrashClient
  readonly result: Promise<Result>
}

let world: World
const runs = new Map<string, Waiting>()
let isKilled = false
/** Resolves when coordinator 0 is dead. */
const afterKill = Promise.withResolvers<void>()

/** Every run waits for its end at coordinator 0 when that is killed. Coordinator 1 is there to go on. */
beforeAll(async () => {
  world = await startWorld({ coordinators: 2, workers: 1 })
  const held = HOLDERS.map((holder) => world.recorder.hold(`in-flight ${holder}/two`))
  await Promise.all(
    HOLDERS.flatMap((holder) => [
      begin(`in-flight ${holder}`, holder, 'caller_agent'),
      begin(`asked ${holder}`, holder, 'form', 'name'),
      begin(`model ${holder}`, holder, 'caller_agent', 'm2'),
    ]),
  )
  await Promise.all(held.map(({ reached }) => reached))
  isKilled = true
  await world.stack.coordinators[0]?.process.kill('SIGKILL')
  afterKill.resolve()
  for (const { open } of held) open()
}, 60_000)
afterAll(() => world?.stop())

describe.each(HOLDERS)('a client that waits with %s', (holder) => {
  test('gets the result, and the questions that came after the kill', async () => {
    const { client, result } = get(`in-flight ${holder}`)
    expect(await result).toEqual({
      isError: false,
      text: `in-flight ${holder}/one is done\nin-flight ${holder}/two is done`,
    })
    expect(world.recorder.counts(`in-flight ${holder}`)).toEqual({ one: 1, two: 1 })
    expect(client.asked.map(({ key }) => key)).toEqual(['m1', 'm2', 'm3'])
  })

  test('answers a form that it was shown before the kill, before its stream goes on, and gets the result', async () => {
    const { client, result } = get(`asked ${holder}`)
    expect(await result).toEqual({ isError: false, text: 'Hello Ann' })
    expect(world.recorder.counts(`asked ${holder}`)).toEqual({ before: 1, after: 1 })
    expect(client.asked.map(({ key }) => key)).toEqual(['name'])
  })

  test('answers for its model, which was asked before the kill, when its stream goes on, and gets the result', async () => {
    const { client, result } = get(`model ${holder}`)
    expect(await result).toEqual({ isError: false, text: `model ${holder}/one is done\nmodel ${holder}/two is done` })
    expect(world.recorder.counts(`model ${holder}`)).toEqual({ one: 1, two: 1 })
    expect(client.asked.map(({ key }) => key)).toEqual(['m1', 'm2', 'm3'])
  })
})

test('leaves no key behind that no rule ends', async () => {
  await Promise.allSettled([...runs.values()].map(({ result }) => result))
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

/**
 * Begins a task whose client waits at coordinator 0. A form is answered when that is dead, the model's turn `question`
 * when the stream goes on elsewhere.
 */
async function begin(name: string, holder: Holder, tool: string, question?: string): Promise<CrashClient> {
  const resumed = Promise.withResolvers<void>()
  const client = await world.connect({
    fetch: waitAtFirst(resumed.resolve),
    elicit: async (): Promise<ElicitResult> => {
      await afterKill.promise
      return { action: 'accept', content: { name: 'Ann' } }
    },
    sample: async (params, key) => {
      if (key === question) await resumed.promise
      return playTurn(params)
    },
  })
  const turns = [[{ tool: 'post_step', what: 'one' }], [{ tool: 'post_step', what: 'two' }]]
  const args = tool === 'form' ? { run: name } : { prompt: toPrompt({ run: name, turns }) }
  const result = holder === 'tools/call' ? client.call(tool, args) : client.result(await client.submit(tool, args))
  runs.set(name, { client, result })
  if (question) await client.shown(question)
  return client
}

/**
 * Sends what waits for an end to coordinator 0 while that lives, and all else in turn. There is no stream of the
 * session, so that questions come on the one that waits. `onResumed`: that one goes on elsewhere.
 */
function waitAtFirst(onResumed: () => void): typeof fetch {
  return async (input, init) => {
    const { coordinators, roundRobin } = world.stack
    const isResumed = new Headers(init?.headers).has('last-event-id')
    if (init?.method === 'GET' && !isResumed) return new Response(null, { status: 405 })
    const waits = /"method":"(tasks\/result|tools\/call)"/.test(String(init?.body))
    const url = waits && !isKilled ? `${coordinators[0]?.address}/mcp` : undefined
    const response = await (url ? fetch(url, init) : roundRobin(input, init))
    if (isResumed) onResumed()
    return response
  }
}

function get(name: string): Waiting {
  const run = runs.get(name)
  if (!run) throw new Error(`There is no run '${name}'.`)
  return run
}
