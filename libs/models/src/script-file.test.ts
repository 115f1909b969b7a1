import { expect, test } from 'vitest'
import { loadScriptedModel } from './index.ts'

const problemsOf = (yaml: string) => {
  const loaded = loadScriptedModel(yaml, 'demo.yaml')
  return loaded.kind === 'problems' ? loaded.problems.map(({ line, message }) => `${line}: ${message}`) : []
}

test('loads turns that say, call, wait, expect and fail', () => {
  const yaml = `
- say: Let me look.
  call:
    - { tool: weather, with: { place: Oslo, days: [1, 2] } }
    - tool: clock
- expect: [sunny]
  delayMs: 5
  say: It is sunny.
- fail: Out of order
`
  expect(loadScriptedModel(yaml, 'demo.yaml')).toMatchObject({ kind: 'model', model: { id: 'scripted:demo.yaml' } })
})

test('finds every mistake, with its line', () => {
  const yaml = `- say: 7
- call:
    - tool: weather
      args: { place: Oslo }
    - with: {}
- expect: [sunny]
- say: It is
  sya: sunny
  delayMs: -1
- say: Hello.
  fail: No
`
  expect(problemsOf(yaml)).toEqual([
    '1: Turn 1, say: Invalid input: expected string, received number',
    "4: Turn 2, call 1: 'args' is not known here; write tool or with.",
    '5: Turn 2, call 2, tool: Invalid input: expected string, received undefined',
    '6: Turn 3: does nothing: write say (text), call (a list of tool and with) or fail (a message)',
    "8: Turn 4: 'sya' is not known here; write say, call, expect, delayMs or fail.",
    '9: Turn 4, delayMs: Too small: expected number to be >=0',
    '10: Turn 5: fails, so it can neither say nor call anything: take out fail, or say and call',
  ])
})

test('finds the mistakes of conversations', () => {
  const yaml = `- when: [tides]
  turns:
    - say: Hello.
    - shout: Hello!
- when: tides
  turns: []
  than: []
`
  expect(problemsOf(yaml)).toEqual([
    "4: Conversation 1, turns 2: 'shout' is not known here; write say, call, expect, delayMs or fail.",
    '4: Conversation 1, turns 2: does nothing: write say (text), call (a list of tool and with) or fail (a message)',
    '5: Conversation 2, when: Invalid input: expected array, received string',
    expect.stringContaining('6: Conversation 2, turns: A script is a list of turns'),
    "7: Conversation 2: 'than' is not known here; write when or turns.",
  ])
})

test.each([
  ['', 'A script is a list of turns'],
  ['[]', 'A script is a list of turns'],
  ['say: Hello.', 'A script is a list of turns'],
  ['- *nothing', 'This is not YAML that can be read'],
  ['- say: "Hello', 'This is not YAML that can be read'],
  ['- say: a\n  say: b', 'This is not YAML that can be read'],
])('refuses %j', (yaml, message) => {
  const problems = problemsOf(yaml)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(message)
})
