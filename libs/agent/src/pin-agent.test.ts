import { describe, expect, test } from 'vitest'
import { agentDefinition } from '../test/agent-parts.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { type PinnedAgent, pinAgent } from './pin-agent.ts'

const pinned = (agent: AgentDefinition, agents: readonly AgentDefinition[]): PinnedAgent =>
  JSON.parse(pinAgent(agent, agents).content)

const handsOffTo = (name: string, ...to: string[]) =>
  agentDefinition({ name, handOffs: to.map((pattern) => ({ pattern, line: 4 })) })

describe('a pinned agent', () => {
  test('is the same one when it is read again', () => {
    const agent = agentDefinition({ model: ['caller', 'anthropic/x'], timeoutMs: 5 })
    expect(pinned(agent, [agent])).toEqual({ kind: 'agent', agent, successors: [] })
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
    const { successors } = pinned(all[0] ?? agentDefinition(), all)
    expect(successors.map(({ name }) => name)).toEqual(['b', 'c'])
  })
})
