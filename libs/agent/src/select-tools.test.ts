import { expect, test } from 'vitest'
import { agentDefinition, lookTool, said } from '../test/agent-parts.ts'
import { nameOf } from './agent-tool.ts'
import { selectTools } from './select-tools.ts'

const project = ['docs__read', 'docs__read.all', 'docs__delete', 'mail__send', 'clerk'].map((name) =>
  lookTool(name, () => said(name)),
)
const select = (...patterns: string[]) => {
  const tools = patterns.map((pattern, place) => ({ pattern, line: place + 5 }))
  const selected = selectTools(agentDefinition({ tools }), project)
  return { names: selected.tools.map(nameOf), problems: selected.problems }
}

test('globs select, and those with ! take out', () => {
  expect(select('docs__*', '!docs__del*')).toEqual({ names: ['docs__read', 'docs__read.all'], problems: [] })
  expect(select('!docs__read*', '{mail,docs}__*').names).toEqual(['docs__delete', 'mail__send'])
  expect(select('!(docs)__*').names).toEqual(['mail__send'])
})

test('no globs, no tools', () => {
  expect(select()).toEqual({ names: [], problems: [] })
})

test('an agent is never its own tool', () => {
  expect(select('*').names).toEqual(['docs__read', 'docs__read.all', 'docs__delete', 'mail__send'])
  expect(select('*', 'clerk').problems).toEqual([
    {
      file: 'agents/clerk.md',
      line: 6,
      severity: 'warning',
      message: "The glob 'clerk' matches only the agent itself, which is never its own tool.",
    },
  ])
})

test('a glob that matches nothing is a warning where it stands', () => {
  const { problems } = select('docs__*', 'docs_read', 'web__*')
  expect(problems).toEqual([
    {
      file: 'agents/clerk.md',
      line: 6,
      severity: 'warning',
      message: "The glob 'docs_read' matches no tool of the project. Did you mean 'docs__read'?",
    },
    {
      file: 'agents/clerk.md',
      line: 7,
      severity: 'warning',
      message:
        "The glob 'web__*' matches no tool of the project. It has docs__read, docs__read.all, docs__delete, mail__send.",
    },
  ])
})

test('globs that only take out are a warning', () => {
  expect(select('!docs__*')).toMatchObject({
    names: [],
    problems: [{ line: 5, message: `'tools' only takes tools out, so the agent has none. Begin with "*".` }],
  })
})

test('agents are selected from agents, to be called and to hand over to', () => {
  const researcher = agentDefinition({ name: 'researcher', description: 'Finds out.' })
  const lead = agentDefinition({
    tools: [],
    agents: [
      { pattern: 'research*', line: 4 },
      { pattern: 'clerk', line: 5 },
    ],
    handOffs: [
      { pattern: 'researcher', line: 6 },
      { pattern: 'docs__read', line: 7 },
    ],
  })
  const { tools, problems } = selectTools(lead, project, [lead, researcher])
  expect(tools.map(({ kind, ...tool }) => [kind, 'name' in tool && tool.name])).toEqual([
    ['agent', 'researcher'],
    ['hand_off', 'hand_off_to_researcher'],
  ])
  expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
    "5 The glob 'clerk' matches only the agent itself, which is never its own agent.",
    "7 The glob 'docs__read' matches no agent of the project. It has researcher.",
  ])
})
