import { ModelError } from '@longhaul/models'
import type { Running } from '@longhaul/runtime'
import { type Conversation, type Message, type ModelAnswer, text } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { agentDefinition, answer, lookTool, said, use } from '../test/agent-parts.ts'
import { callerModel, modelChooser, openWorld } from '../test/agent-world.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const LOOK = answer([use('a', 'map', { place: 'Oslo' })], 'toolUse')
const DONE = answer([text('Done.')], 'endTurn')
const UNHEARD = text('[A message that was sent to the agent was not heard any more.]')
const user = (...words: readonly string[]): Message => ({ role: 'user', content: words.map(text) })
/** What people say in a conversation, each time that they say it. */
const heard = ({ messages }: Conversation) =>
  messages.flatMap(({ role, content }) => (role === 'user' ? content.filter(({ type }) => type === 'text') : []))

/** A tool that a test holds in its first call. */
function holdMap() {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const map = lookTool('map', async () => {
    begun.resolve()
    await end.promise
    return said('north')
  })
  return { map, begun: begun.promise, end: () => end.resolve() }
}

/** An agent with a tool; what its model answers is told by what it was asked, from 0. */
function agentWith(
  map: ReturnType<typeof lookTool>,
  answers: readonly (ModelAnswer | (() => Promise<ModelAnswer>))[],
  changes: Partial<AgentDefinition> = {},
) {
  const tool = createAgent(agentDefinition(changes), { tools: [map], choice: { kind: 'model' } })
  let asked = 0
  const models = modelChooser({
    generate: async () => {
      const given = answers[asked++] ?? DONE
      return typeof given === 'function' ? given() : given
    },
  })
  return { tool, models }
}

const crash = async (running: Running) => {
  running.stop(new Error('gone'))
  expect(await running.ended).toBe('lost')
}

describe('a message that is sent', () => {
  test('during a tool call is in the next model call, after the results, and not again in a later one', async () => {
    const { map, begun, end } = holdMap()
    const { tool, models } = agentWith(map, [LOOK, answer([use('b', 'map', { place: 'Bergen' })], 'toolUse')])
    const task = await world.begin(tool, { models })
    const running = await task.activate()
    await begun
    await task.steer('Look west, too.')
    await task.steer('And hurry.')
    end()
    expect(await running.ended).toBe('finished')
    expect(models.asked[1]?.messages.slice(-2)).toMatchObject([
      { content: [{ type: 'tool_result' }] },
      user('Look west, too.', 'And hurry.'),
    ])
    expect(models.asked.map(heard)).toEqual([
      [text('Do it.')],
      [text('Do it.'), text('Look west, too.'), text('And hurry.')],
      [text('Do it.'), text('Look west, too.'), text('And hurry.')],
    ])
  })

  test('before the first model call is heard with the prompt', async () => {
    const { tool, models } = agentWith(holdMap().map, [DONE])
    const task = await world.begin(tool, { models })
    await task.steer('In Norwegian.')
    expect(await task.run()).toBe('finished')
    expect(models.asked[0]?.messages).toEqual([user('Do it.', 'In Norwegian.')])
  })

  test('during a tool call is in the next model call once, also when the worker is lost before it and in it', async () => {
    const { map, begun, end } = holdMap()
    const inCall = Promise.withResolvers<void>()
    const never = () => {
      inCall.resolve()
      return new Promise<ModelAnswer>(() => {})
    }
    const { tool, models } = agentWith(map, [LOOK, never, DONE])
    const task = await world.begin(tool, { models })
    const first = await task.activate()
    await begun
    await task.steer('Look west, too.')
    await crash(first)
    end()
    const second = await task.activate()
    await inCall.promise
    await task.steer('And hurry.')
    await crash(second)
    expect(await task.run()).toBe('finished')
    const west = [text('Do it.'), text('Look west, too.')]
    expect(models.asked.map(heard)).toEqual([[text('Do it.')], west, [...west, text('And hurry.')]])
    expect(await task.result()).toMatchObject({ content: [text('Done.')] })
  })

  test('while the final answer comes in makes the agent take one more turn', async () => {
    const { map } = holdMap()
    const inCall = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const last = async () => {
      inCall.resolve()
      await release.promise
      return DONE
    }
    const { tool, models } = agentWith(map, [last, answer([text('Done twice.')], 'endTurn')])
    const task = await world.begin(tool, { models })
    const running = await task.activate()
    await inCall.promise
    await task.steer('Do it twice.')
    running.lookAgain()
    // On the same connection, so that what it looked for is there before.
    await task.journal()
    await task.journal()
    release.resolve()
    expect(await running.ended).toBe('finished')
    expect(models.asked[1]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: DONE.content },
      user('Do it twice.'),
    ])
    expect(await task.result()).toMatchObject({ content: [text('Done twice.')] })
  })

  test('when its worker does not know of it yet keeps it from ending, and is heard by the next one', async () => {
    const { map } = holdMap()
    let steer = async (): Promise<unknown> => undefined
    const last = async () => {
      await steer()
      return DONE
    }
    const { tool, models } = agentWith(map, [last, answer([text('Done twice.')], 'endTurn')])
    const task = await world.begin(tool, { models })
    steer = () => task.steer('Do it twice.')
    expect(await task.run()).toBe('handed_back')
    expect(await task.run()).toBe('finished')
    expect(models.asked.map(heard)).toEqual([[text('Do it.')], [text('Do it.'), text('Do it twice.')]])
    expect(await task.result()).toMatchObject({ content: [text('Done twice.')] })
  })

  test('in the last of its turns makes it take one more, in which it calls nothing', async () => {
    const { map } = holdMap()
    let steer = async (): Promise<unknown> => undefined
    const last = async () => {
      await steer()
      return DONE
    }
    const { tool, models } = agentWith(map, [last, answer([text('Yes.')], 'endTurn')], { maxTurns: 1 })
    const task = await world.begin(tool, { models })
    steer = () => task.steer('Sure?')
    expect(await task.run()).toBe('handed_back')
    expect(await task.run()).toBe('finished')
    expect(models.asked[1]).toMatchObject({ options: { toolChoice: { mode: 'none' } } })
    expect(await task.result()).toMatchObject({ content: [text('Yes.')] })
  })

  test('in the last of its turns, in which its model calls tools all the same, is said not to be heard', async () => {
    const { map } = holdMap()
    let steer = async (): Promise<unknown> => undefined
    const last = async () => {
      await steer()
      return LOOK
    }
    const { tool, models } = agentWith(map, [last], { maxTurns: 1 })
    const task = await world.begin(tool, { models })
    steer = () => task.steer('Sure?')
    expect(await task.run()).toBe('handed_back')
    expect(await task.run()).toBe('finished')
    expect((await task.result()).content).toContainEqual(UNHEARD)
  })

  test('when there is no room for a further turn in its budget is said not to be heard', async () => {
    const { map, begun, end } = holdMap()
    const { tool, models } = agentWith(map, [LOOK])
    const task = await world.begin(tool, { models, budget: { turns: 1, atLimit: 'end' } })
    const running = await task.activate()
    await begun
    await task.steer('Look west, too.')
    end()
    expect(await running.ended).toBe('handed_back')
    expect(await task.run()).toBe('finished')
    expect((await task.result()).content.at(-1)).toEqual(UNHEARD)
  })

  test('while it waits for something is kept until its next model call', async () => {
    const { map } = holdMap()
    const tool = createAgent(agentDefinition(), { tools: [map], choice: { kind: 'caller' } })
    const task = await world.begin(tool, { models: callerModel })
    expect(await task.run()).toBe('suspended')
    await task.steer('Look west, too.')
    expect(heard(await task.conversation('m1'))).toEqual([text('Do it.')])
    await task.answer('m1', DONE)
    expect(await task.run()).toBe('suspended')
    expect((await task.conversation('m2')).messages.at(-1)).toEqual(user('Look west, too.'))
    await task.answer('m2', answer([text('West it is.')], 'endTurn'))
    expect(await task.run()).toBe('finished')
    expect(await task.result()).toMatchObject({ content: [text('West it is.')] })
  })

  test('that a call had taken which was too long is in the one that is made instead', async () => {
    const { map, end } = holdMap()
    end()
    let steer = async (): Promise<unknown> => undefined
    const again = async () => {
      await steer()
      return answer([use('b', 'map', { place: 'Bergen' })], 'toolUse')
    }
    const tooLong = () => Promise.reject(new ModelError('Too long.', { retryable: false, isTooLong: true }))
    const { tool, models } = agentWith(map, [LOOK, again, tooLong, DONE])
    const task = await world.begin(tool, { models })
    steer = () => task.steer('Look west, too.')
    expect(await task.run()).toBe('finished')
    expect((await task.journal()).flatMap(({ type, key }) => (type === 'taken' ? [key] : []))).toEqual(['m3', 'm3.2'])
    // Between them the turns before were summed up.
    const [third, , instead] = models.asked.slice(2).map((asked) => heard(asked).at(-1))
    expect([third, instead]).toEqual([text('Look west, too.'), text('Look west, too.')])
  })

  test('that a failed call had taken is heard by that of a retry', async () => {
    const { map } = holdMap()
    const fails = () => Promise.reject(Object.assign(new Error('The model is gone.'), { retryable: false }))
    const { tool, models } = agentWith(map, [fails, DONE])
    const task = await world.begin(tool, { models })
    await task.steer('In Norwegian.')
    expect(await task.run()).toBe('finished')
    const failed = await task.result()
    expect(failed.isError).toBe(true)
    expect(failed.content.at(-1)).toEqual(UNHEARD)
    const retry = await task.retry()
    expect(await retry.run()).toBe('finished')
    expect(models.asked.map(heard)).toEqual([
      [text('Do it.'), text('In Norwegian.')],
      [text('Do it.'), text('In Norwegian.')],
    ])
  })
})
