import { formatProblem } from '@longhaul/task'
import { expect, test } from 'vitest'
import { parseAgentFile } from './parse-agent-file.ts'

const parse = (text: string, file = 'agents/clerk.md') => {
  const { agent, problems } = parseAgentFile(text, file)
  return { agent, problems: problems.map(formatProblem) }
}
const parseSettings = (...settings: string[]) => parse(['---', 'description: d', ...settings, '---', 'p'].join('\n'))

test('reads all that a file can say', () => {
  const file = `---
description: Writes letters.
title: "Clerk"
model: caller
tools:
  - docs__*
  - "!docs__delete"
maxTurns: 5
maxTokens: 500
timeout: 30m
queue: slow
agents: researcher, review_*
handOffs:
  - closer
context: { policy: trim, threshold: 0.7, window: 32000 }
approvalTimeout: 2d
onApprovalTimeout: fail
approval:
  - { tools: docs__read, ask: never }
  - tools: ["mail__*"]
    with: { to: "*@example.com", urgent: true }
    ask: destructive
---

You are a clerk.

---
Write letters.
`
  expect(parse(file)).toEqual({
    agent: {
      name: 'clerk',
      file: 'agents/clerk.md',
      description: 'Writes letters.',
      title: 'Clerk',
      model: 'caller',
      systemPrompt: 'You are a clerk.\n\n---\nWrite letters.',
      tools: [
        { pattern: 'docs__*', line: 6 },
        { pattern: '!docs__delete', line: 7 },
      ],
      agents: [
        { pattern: 'researcher', line: 12 },
        { pattern: 'review_*', line: 12 },
      ],
      handOffs: [{ pattern: 'closer', line: 14 }],
      approval: [
        { tools: ['docs__read'], ask: 'never', line: 19 },
        { tools: ['mail__*'], with: { to: '*@example.com', urgent: 'true' }, ask: 'destructive', line: 20 },
      ],
      approvalTimeoutMs: 172_800_000,
      onApprovalTimeout: 'fail',
      maxTurns: 5,
      maxTokens: 500,
      context: { policy: 'trim', threshold: 0.7, keepTurns: 4, window: 32_000 },
      timeoutMs: 1_800_000,
      queue: 'slow',
    },
    problems: [],
  })
})

test('takes its defaults where a file says nothing', () => {
  expect(parse('\uFEFF---\r\ndescription: d\r\n---\r\np\r\n')).toEqual({
    agent: {
      name: 'clerk',
      file: 'agents/clerk.md',
      description: 'd',
      systemPrompt: 'p',
      tools: [],
      agents: [],
      handOffs: [],
      approval: [],
      maxTurns: 25,
      maxTokens: 8192,
      context: { policy: 'summarise', threshold: 0.8, keepTurns: 4 },
    },
    problems: [],
  })
})

test('takes tools as one line', () => {
  const { agent } = parseSettings('tools: docs__*, {mail,chat}__send ,!docs__delete')
  expect(agent?.tools.map(({ pattern }) => pattern)).toEqual(['docs__*', '{mail,chat}__send', '!docs__delete'])
  expect(agent?.tools[0]?.line).toBe(3)
  expect(parseSettings('tools: "*"').agent?.tools).toEqual([{ pattern: '*', line: 3 }])
  expect(parseSettings('tools: []').agent?.tools).toEqual([])
})

test.for([
  ['90s', 90_000],
  ['2 h', 7_200_000],
  ['1.5m', 90_000],
  ['90000', 90_000],
] as const)('reads the timeout %s', ([written, timeoutMs]) => {
  expect(parseSettings(`timeout: ${written}`).agent?.timeoutMs).toBe(timeoutMs)
})

test.for([
  ['timeout: 30', "'timeout' cannot be this: write a time of at least one second, such as 90s, 30m or 2h; "],
  ['timeout: soon', "'timeout' cannot be this: write a time"],
  ['timeout: 3 weeks', "'timeout' cannot be this: write a time"],
  ['timeout:', "'timeout' cannot be this: write a time"],
  ['maxTurns: 0', "'maxTurns' cannot be this: write a whole number of at least 1."],
  ['maxTokens: 1.5', "'maxTokens' cannot be this: write a whole number of at least 1."],
  ['maxTurns: "5"', "'maxTurns' cannot be this"],
  ['title: 2026', "'title' cannot be this: write text, in quotes where YAML would read something else."],
  ['model: { a: 1 }', "'model' cannot be this: write caller, auto, provider/model"],
  ['tools: 5', "'tools' cannot be this: write a list of globs over tool names"],
  ['approval: often', "'approval' cannot be this: write always, destructive or never, or a list of rules such as"],
  ['approval: []', "'approval' cannot be this: write always, destructive or never, or a list"],
  ['approval: { tools: a, ask: never }', "'approval' cannot be this: write always, destructive or never, or a list"],
  ['approval: [{ tools: "*" }]', "'approval' cannot be this: write always, destructive or never, or a list"],
  ['approval: [{ when: x, ask: never }]', "'approval' cannot be this: write always, destructive or never, or a list"],
  ['approvalTimeout: 5', "'approvalTimeout' cannot be this: write a time of at least one second"],
  ['onApprovalTimeout: approve', "'onApprovalTimeout' cannot be this: write deny, so that the model is told"],
  ['context: forget', "'context' cannot be this: write summarise, trim or fail, or some of { policy: summarise,"],
  ['context: { threshold: 80 }', "'context.threshold' cannot be this: write summarise, trim or fail"],
  ['context: { keep: 3 }', "'context.keep' cannot be this: write summarise, trim or fail"],
  ['budget: { cost: 3 }', "'budget.cost' cannot be this: write at least one of tokens, costUsd, turns, toolCalls and"],
  ['budget: { costUsd: -1 }', "'budget.costUsd' cannot be this: write at least one of tokens"],
  ['budget: { wallTime: 5 }', "'budget.wallTime' cannot be this"],
  ['budget: { atLimit: end }', "'budget' cannot be this: write at least one of tokens"],
  ['budget: 3', "'budget' cannot be this: write at least one of tokens"],
  ['queue: a b', "'queue' cannot be this: write the name of a task queue"],
] as const)('says what to write instead of %s', ([setting, message]) => {
  const { agent, problems } = parseSettings(setting)
  expect(agent).toBeUndefined()
  expect(problems).toEqual([expect.stringContaining(`agents/clerk.md:3: error: ${message}`)])
})

test('names the line of a wrong part of a setting', () => {
  expect(parseSettings('budget:', '  turns: 3', '  tokens: many').problems).toEqual([
    expect.stringContaining("agents/clerk.md:5: error: 'budget.tokens' cannot be this"),
  ])
})

test('a budget has its limits, and the line on which it stands', () => {
  const { agent } = parseSettings('maxTurns: 5', 'budget: { costUsd: 0.5, wallTime: 30m }')
  expect(agent?.budget).toEqual({ limits: { costUsd: 0.5, wallTimeMs: 1_800_000, atLimit: 'ask' }, line: 4 })
})

test('names the line of a wrong item in a list', () => {
  expect(parseSettings('tools:', '  - docs__*', '  - 7').problems).toEqual([
    expect.stringContaining("agents/clerk.md:5: error: 'tools' cannot be this"),
  ])
})

test('finds all mistakes at once', () => {
  expect(parse('---\nmaxTurns: many\n---\n\n', 'agents/my clerk.md').problems).toEqual([
    `agents/my clerk.md: error: 'my clerk' cannot be the name of a tool. Name the file with 1 to 128 of A-Z a-z 0-9 _ - and dot, then ".md".`,
    "agents/my clerk.md:2: error: 'description' is missing: write text that says what the agent does and when to call it.",
    "agents/my clerk.md:2: error: 'maxTurns' cannot be this: write a whole number of at least 1.",
    'agents/my clerk.md:3: error: There is no system prompt. Write it after the second "---".',
  ])
})

test('warns of settings that it does not know, and guesses what was meant', () => {
  const { agent, problems } = parseSettings('max_turns: 5', 'desciption: x', 'name: bob', 'color: red')
  expect(agent?.maxTurns).toBe(25)
  expect(problems).toEqual([
    "agents/clerk.md:3: warning: 'max_turns' is not known here and is ignored. Did you mean 'maxTurns'?",
    "agents/clerk.md:4: warning: 'desciption' is not known here and is ignored. Did you mean 'description'?",
    "agents/clerk.md:5: warning: 'name' is ignored: the agent is called 'clerk', after its file.",
    "agents/clerk.md:6: warning: 'color' is not known here and is ignored. Known are description, title, model, tools, agents, handOffs, maxTurns, maxTokens, context, timeout, approval, approvalTimeout, onApprovalTimeout, budget, queue.",
  ])
})

test.for([
  ['tools: *', 3],
  ['tools: !docs', 3],
  ['tools: *docs', 2],
  ['title: a: b', 3],
  ['maxTurns: 1\nmaxTurns: 2', 4],
] as const)('says where the YAML of %j cannot be read, and what helps', ([setting, line]) => {
  const { agent, problems } = parseSettings(setting)
  expect(agent).toBeUndefined()
  expect(problems).toEqual([
    expect.stringMatching(
      new RegExp(`^agents/clerk.md:${line}: error: This is not YAML that can be read: .+ Put a value in quotes`),
    ),
  ])
})

test.for([
  ['Just a prompt.', 'agents/clerk.md:1: error: The file must begin with a line "---"'],
  ['', 'agents/clerk.md:1: error: The file must begin with a line "---"'],
  ['---\ndescription: d\n', 'agents/clerk.md:1: error: The settings have no end'],
  ['---\n- a\n---\np', 'agents/clerk.md:2: error: The settings must be lines of "key: value"'],
  ['---\n---\np', "agents/clerk.md:2: error: 'description' is missing"],
] as const)('says how to lay out a file such as %j', ([text, message]) => {
  const { agent, problems } = parse(text)
  expect(agent).toBeUndefined()
  expect(problems).toEqual([expect.stringContaining(message)])
})

test('takes one model, or several for when those before give no answer', () => {
  const modelOf = (model: string) =>
    parseAgentFile(`---\ndescription: d\nmodel: ${model}\n---\np`, 'agents/clerk.md').agent?.model
  expect(modelOf('anthropic/m')).toBe('anthropic/m')
  expect(modelOf('[anthropic/m, ollama/n]')).toEqual(['anthropic/m', 'ollama/n'])
  expect(modelOf('[]')).toBeUndefined()
})
