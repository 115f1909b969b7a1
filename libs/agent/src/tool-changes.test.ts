import { defineTool } from '@longhaul/runtime'
import { type Audience, type OnCodeChange, text } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, use } from '../test/agent-parts.ts'
import { openWorld, type World } from '../test/agent-world.ts'
import type { AgentTool, RemoteAgentTool } from './agent-tool.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const models = { choose: () => 'caller' as const }
const build = (tool: AgentTool, onCodeChange: OnCodeChange) =>
  createAgent(agentDefinition(), { tools: [tool], choice: { kind: 'caller' }, onCodeChange })
const remote = () => lookTool('map', () => said('found'))
const changed = (tool: RemoteAgentTool): RemoteAgentTool => ({
  ...tool,
  inputSchema: { type: 'object', properties: { place: { type: 'string' }, zoom: { type: 'number' } } },
})

/** A conversation that began with one tool, whose model asks for it, twice at once, when there is another. */
async function conversation(policy: OnCodeChange, before: AgentTool, now: AgentTool, audience?: Audience) {
  const task = await world.begin(build(before, policy), { models, ...(audience && { audience }) })
  await task.run()
  const calls = [use('c1', 'map', { place: 'here' }), use('c2', 'map', { place: 'there' })]
  await task.answer('m1', answer(calls, 'toolUse'))
  const tool = build(now, policy)
  await task.run(tool)
  return { task, tool }
}

/** What the model hears of its calls. */
const heard = async (task: Awaited<ReturnType<World['begin']>>) => JSON.stringify(await task.conversation('m2'))

const GOES_ON = { action: 'accept', content: { decision: 'continue' } } as const

describe('a remote tool whose schema has changed since the conversation began', () => {
  test('is called all the same, by default', async () => {
    const now = remote()
    const { task } = await conversation('continue', remote(), { ...changed(now), call: now.call })
    expect(now.calls).toHaveLength(2)
    expect(await heard(task)).toContain('found')
  })

  test('is not called any more where changes fail, and the model is told', async () => {
    const now = remote()
    const { task } = await conversation('fail', remote(), changed(now))
    expect(now.calls).toEqual([])
    expect(await heard(task)).toContain(
      "The tool 'map' has changed since this conversation began. It is not called any more.",
    )
  })

  test('is called once a person has said so, who is asked once', async () => {
    const now = remote()
    const { task, tool } = await conversation('ask', remote(), changed(now))
    const [question = '', ...others] = await task.questions()
    expect([question.startsWith('changed.map.'), others, now.calls]).toEqual([true, [], []])
    expect(await task.form(question)).toBe(
      "The tool 'map' has changed since this conversation began. Should it still be called?",
    )
    await task.answer(question, GOES_ON)
    await task.run(tool)
    expect(now.calls).toHaveLength(2)
    await task.answer('m2', answer([text('Done.')], 'endTurn'))
    // Whoever goes on with it has the tool as it was: nothing is asked or done again.
    expect(await task.run()).toBe('finished')
    expect(now.calls).toHaveLength(2)
  })

  test('is not called where the person says so, or nobody can be asked', async () => {
    const now = remote()
    const { task, tool } = await conversation('ask', remote(), changed(now))
    const [question = ''] = await task.questions()
    await task.answer(question, { action: 'decline' })
    await task.run(tool)
    expect(await heard(task)).toContain('It was decided not to call it any more.')
    const alone = await conversation('ask', remote(), changed(now), { sampling: 'tools', elicitation: false })
    expect(await heard(alone.task)).toContain('Nobody can be asked whether it should still be called.')
    expect(now.calls).toEqual([])
  })

  test('is not asked about for calls whose results are on record', async () => {
    const now = remote()
    const task = await world.begin(build(now, 'ask'), { models })
    await task.run()
    await task.answer('m1', answer([use('c1', 'map', { place: 'here' })], 'toolUse'))
    await task.run()
    await task.answer('m2', answer([text('Done.')], 'endTurn'))
    expect(await task.run(build(changed(now), 'ask'))).toBe('finished')
    expect(now.calls).toHaveLength(1)
  })

  test('is the same one where only what is said of it has changed', async () => {
    const now = remote()
    const { task } = await conversation('fail', remote(), { ...now, description: 'Looks in other words.' })
    expect(await heard(task)).toContain('found')
  })
})

test('a TypeScript tool of another version follows what it says itself, and what it had begun has to fit', async () => {
  const version = (of: string, keys: readonly string[], onCodeChange?: OnCodeChange): AgentTool => ({
    kind: 'durable',
    tool: defineTool({
      name: 'map',
      description: 'Looks.',
      inputSchema: { type: 'object' },
      version: of,
      inDoubt: 'repeat',
      ...(onCodeChange && { onCodeChange }),
      execute: async (_, ctx) => {
        for (const key of keys) await ctx.step(key, () => key)
        await ctx.elicit({ key: 'go', message: 'Go on?', schema: { type: 'object', properties: {} } })
        return 'found'
      },
    }),
  })
  const said = await conversation('continue', version('1', ['a']), version('2', ['a'], 'fail'))
  expect(await heard(said.task)).toContain('It is not called any more.')
  const { task } = await conversation('continue', version('1', ['a']), version('1', ['a']))
  expect(await task.questions()).toEqual(['t1.1/go', 't1.2/go'])
  await task.answer('t1.1/go', { action: 'accept', content: {} })
  await task.run(build(version('2', ['b']), 'continue'))
  await expect(task.result()).rejects.toThrow("journal_mismatch: expected the step 't1.1/a' (step)")
})
