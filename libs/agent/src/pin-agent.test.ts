import { describe, expect, test } from 'vitest'
import { agentDefinition } from '../test/agent-parts.ts'
import { parsePinnedAgent, pinAgent } from './pin-agent.ts'

const handsOffTo = (name: string, ...to: string[]) =>
  agentDefinition({ name, handOffs: to.map((pattern) => ({ pattern, line: 4 })) })

describe('a pinned agent', () => {
  test('is the same one when it is read again', () => {
    const agent = agentDefinition({ model: ['caller', 'anthropic/x'], timeoutMs: 5 })
    expect(parsePinnedAgent(pinAgent(agent, [agent]).content)).toEqual({ agent, successors: [] })
  })

  test('is another one as soon as anything of its file, or of who may take its conversation over, is another', () => {
    const [first, second] = [handsOffTo('first', 'second'), handsOffTo('second')]
    const hash = pinAgent(first, [first, second]).hash
    expect(pinAgent({ ...first, model: 'caller' }, [first, second]).hash).not.toBe(hash)
    expect(pinAgent(first, [first, { ...second, systemPrompt: 'Be short.' }]).hash).not.toBe(hash)
    expect(pinAgent(first, [first, second, handsOffTo('third')]).hash).toBe(hash)
  })

  test('has with it all who its conversation can come to, each once', () => {
    const all = [handsOffTo('a', 'b'), handsOffTo('b', 'c', 'a'), handsOffTo('c', 'b'), handsOffTo('d', 'a')]
    const { successors } = parsePinnedAgent(pinAgent(all[0] ?? agentDefinition(), all).content)
    expect(successors.map(({ name }) => name)).toEqual(['b', 'c'])
  })
})
