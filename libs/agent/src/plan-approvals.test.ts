import { defineTool } from '@longhaul/runtime'
import { describe, expect, test } from 'vitest'
import { agentDefinition, lookTool, said } from '../test/agent-parts.ts'
import type { ApprovalRule, AskFor } from './agent-definition.ts'
import type { AgentTool } from './agent-tool.ts'
import { ASK_USER } from './ask-user.ts'
import { toCalledAgent, toHandOff } from './colleagues.ts'
import { DEFAULT_APPROVALS, findIdleRules, planApprovals, whyApproval } from './plan-approvals.ts'

const remote = (annotations?: { readonly [hint: string]: boolean }): AgentTool => ({
  ...lookTool('mail__send', () => said('sent')),
  ...(annotations && { annotations }),
})
const local: AgentTool = {
  kind: 'durable',
  tool: defineTool({ name: 'local', description: 'Local.', inputSchema: { type: 'object' }, execute: () => '' }),
}
const FLOW: AgentTool = {
  kind: 'workflow',
  name: 'publish',
  description: 'Publishes.',
  inputSchema: { type: 'object' },
}

const plan = (tools: readonly AgentTool[], rules: readonly Omit<ApprovalRule, 'line'>[] = [], approval?: AskFor) =>
  planApprovals({
    agent: agentDefinition({ approval: rules.map((rule, place) => ({ ...rule, line: place + 5 })) }),
    tools,
    defaults: { ...DEFAULT_APPROVALS, ...(approval && { approval }) },
    onCodeChange: 'continue',
  })

describe('by default an approval is needed of', () => {
  test.for([
    ['a tool that says nothing of itself', remote(), 'Nobody who is trusted says that the tool destroys nothing.'],
    ['a tool of the project that says nothing', local, 'Nobody who is trusted says that the tool destroys nothing.'],
    [
      'one that is destructive',
      remote({ destructiveHint: true }),
      'The tool says of itself that it may destroy something.',
    ],
    ['one that only says that it is idempotent', remote({ idempotentHint: true }), 'Nobody who is trusted says'],
    ['a workflow', FLOW, 'Nobody says that the workflow destroys nothing.'],
    ['none that only reads', remote({ readOnlyHint: true }), undefined],
    ['none that destroys nothing', remote({ destructiveHint: false }), undefined],
    ['no agent that is called', toCalledAgent(agentDefinition({ name: 'writer' })), undefined],
    ['no agent that takes over', toHandOff(agentDefinition({ name: 'writer' })), undefined],
    ['no question', { kind: 'durable', tool: ASK_USER } as const, undefined],
  ] as const)('%s', ([, tool, why]) => {
    const planned = plan([tool])
    const [name = ''] = Object.keys(planned?.tools ?? {})
    const found = planned && whyApproval(planned, name, {})
    if (why === undefined) expect(planned).toBeUndefined()
    else expect(found).toContain(why)
  })
})

test('the setting says what holds where no rule speaks of a call', () => {
  expect(plan([remote()], [], 'never')).toBeUndefined()
  const always = plan([remote({ readOnlyHint: true }), toHandOff(agentDefinition({ name: 'writer' }))], [], 'always')
  expect(Object.keys(always?.tools ?? {})).toEqual(['mail__send', 'hand_off_to_writer'])
})

test('of the rules that speak of a call the first counts', () => {
  const planned = plan(
    [remote({ readOnlyHint: true })],
    [
      { tools: ['web__*'], ask: 'never' },
      { tools: ['mail__*'], with: { to: '*@example.com', 'options.urgent': 'true' }, ask: 'never' },
      { tools: ['mail__*'], with: { to: '*@example.com' }, ask: 'destructive' },
      { tools: ['*', '!web__*'], ask: 'always' },
    ],
  )
  if (!planned) throw new Error('Nothing is asked about.')
  const asks = (args: object) => whyApproval(planned, 'mail__send', { ...args })
  expect(asks({ to: 'anna@example.com', options: { urgent: true } })).toBeUndefined()
  expect(asks({ to: 'anna@example.com' })).toBeUndefined()
  expect(asks({ to: 'anna@example.org' })).toBe('agents/clerk.md, line 8, wants all such calls approved.')
  expect(asks({})).toBe('agents/clerk.md, line 8, wants all such calls approved.')
  expect(whyApproval(planned, 'constructor', {})).toBeUndefined()
})

test('a rule that speaks of no tool of the agent is a warning where it stands', () => {
  const approval = [
    { tools: ['mail__*'], ask: 'never', line: 5 },
    { tools: ['male__*', '!mail__*'], ask: 'always', line: 6 },
  ] as const
  expect(findIdleRules({ agent: agentDefinition({ approval }), tools: [remote()] })).toEqual([
    {
      file: 'agents/clerk.md',
      line: 6,
      severity: 'warning',
      message: "This rule of 'approval' speaks of none of the agent's tools.",
    },
  ])
})
