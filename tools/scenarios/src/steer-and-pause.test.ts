import { findKeyLeaks } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toPrompt } from '../crash-project/driver/script.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

const MESSAGE = 'Leave the drafts out.'
let world: World

/**
 * Agents are in the middle of a tool call when one is sent a message and one is paused; then their worker is killed. The
 * next one is killed in the model call that has the message.
 */
beforeAll(async () => {
  world = await startWorld({ workers: 1, env: { LONGHAUL_LEASE_MS: '1000' } })
  await Promise.all(['steered', 'paused'].map(begin))
  expect((await use('steered', 'steer_task', { message: MESSAGE })).isError).toBe(false)
  expect((await use('paused', 'pause_task')).text).toContain('It was paused, and stops at its next step.')

  const inModelCall = world.recorder.hold('steered/m2').reached
  await replaceWorker(0)
  await inModelCall
  await replaceWorker(1)
}, 60_000)
afterAll(() => world?.stop())

test('a message that was sent during a tool call is in the next model call, once, though workers die before it and in it', async () => {
  const { result } = world.run('steered')
  expect(await result).toEqual({ isError: false, text: 'steered/in-flight is done\nsteered/after is done' })
  expect(world.recorder.counts('steered')).toEqual({ m1: 1, 'in-flight': 2, m2: 2, after: 1, m3: 1 })
  const [first, repeated] = world.model.asked.get('steered/m2') ?? []
  expect(repeated).toEqual(first)
  expect(first?.messages.at(-1)).toEqual({ role: 'user', content: MESSAGE })
  const heard = ['m1', 'm2', 'm3'].map((turn) => {
    const { messages = [] } = world.model.asked.get(`steered/${turn}`)?.[0] ?? {}
    return messages.filter(({ content }) => content === MESSAGE).length
  })
  expect(heard).toEqual([0, 1, 1])
})

test('a task that was paused during a tool call whose worker was killed does nothing more until it is resumed', async () => {
  await expect.poll(async () => (await use('paused', 'get_task')).text, { timeout: 20_000 }).toContain('Paused since')
  expect(world.recorder.counts('paused')).toEqual({ m1: 1, 'in-flight': 1 })
  await use('paused', 'resume_task')
  expect(await world.run('paused').result).toEqual({
    isError: false,
    text: 'paused/in-flight is done\npaused/after is done',
  })
  expect(world.recorder.counts('paused')).toEqual({ m1: 1, 'in-flight': 2, m2: 1, after: 1, m3: 1 })
})

test('no key is left behind that no rule ends', async () => {
  await world.ended()
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

/** Resolves when the agent is in its tool call. */
async function begin(run: string): Promise<void> {
  const { reached } = world.recorder.hold(`${run}/in-flight`)
  const turns = [[{ tool: 'put_step', what: 'in-flight' }], [{ tool: 'put_step', what: 'after' }]]
  const { result } = await world.begin(run, { tool: 'provider_agent', args: { prompt: toPrompt({ run, turns }) } })
  await Promise.race([reached, result])
}

function use(run: string, tool: string, args: Record<string, unknown> = {}) {
  const { client, taskId } = world.run(run)
  return client.call(tool, { taskId, ...args })
}

/** Another one is there before it is killed. */
async function replaceWorker(place: number): Promise<void> {
  await world.stack.addWorker()
  await world.stack.workers[place]?.process.kill('SIGKILL')
}
