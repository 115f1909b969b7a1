import { formatProblem, readSettings } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { parseWorkflowFile } from './parse-workflow-file.ts'

const limits = readSettings({})
const parse = (text: string, some: Partial<typeof limits> = {}) =>
  parseWorkflowFile(text, 'workflows/ship.yaml', { ...limits, ...some })
const problemsOf = (text: string, some: Partial<typeof limits> = {}) =>
  parse(text, some)
    .problems.map(formatProblem)
    .map((line) => line.replace('workflows/ship.yaml:', ''))

const GOOD = `
title: Ship it
description: Builds and ships.
inputs:
  target: { type: choice, options: [test, live], required: true }
  parts: { type: array, items: { type: string }, default: [] }
  note:
steps:
  build:
    tool: make
    with: { target: "\${{ inputs.target }}", fixed: [1, true, null], text: "for \${{ inputs.target }}!" }
    undo: { tool: unmake, with: { id: "\${{ outputs.id }}" } }
  test:
    needs: [build]
    if: inputs.target == 'live' && success()
    forEach: { items: "\${{ inputs.parts }}", concurrency: 2 }
    agent: tester
    with: { prompt: "Test \${{ item }} (\${{ index }}) of \${{ steps.build.outputs.id }}." }
    retry: { maxAttempts: 3, backoff: 10s, maxBackoff: 1m }
    timeout: 30m
    continueOnError: true
  ask:
    needs: test
    approval: Ship it?
    timeout: 2d
outputs:
  id: \${{ steps.build.outputs.id }}
  tested: { value: "\${{ steps.test.outputs }}", type: array }
timeout: 1h
budget: { costUsd: 0.5, wallTime: 2h }
queue: slow
`

test('a file is read with all that it says', () => {
  const { workflow, problems } = parse(GOOD)
  expect(problems).toEqual([])
  expect(workflow).toMatchObject({
    name: 'ship',
    file: 'workflows/ship.yaml',
    title: 'Ship it',
    description: 'Builds and ships.',
    inputSchema: {
      type: 'object',
      properties: {
        target: { type: 'string', enum: ['test', 'live'] },
        parts: { type: 'array', items: { type: 'string' }, default: [] },
        note: { type: 'string' },
      },
      required: ['target'],
      additionalProperties: false,
    },
    timeoutMs: 3_600_000,
    budget: { costUsd: 0.5, wallTimeMs: 7_200_000, atLimit: 'ask' },
    queue: 'slow',
    outputSchema: { type: 'object', properties: { tested: { type: 'array' } }, required: ['id', 'tested'] },
  })
  expect(workflow?.steps).toMatchObject([
    { id: 'build', needs: [], action: { kind: 'tool', name: 'make' }, undo: { name: 'unmake' } },
    {
      id: 'test',
      needs: ['build'],
      if: { hasStatus: true },
      action: { kind: 'agent', name: 'tester' },
      forEach: { concurrency: 2 },
      retry: { maxAttempts: 3, backoffMs: 10_000, maxBackoffMs: 60_000 },
      timeoutMs: 1_800_000,
      continueOnError: true,
    },
    { id: 'ask', needs: ['test'], action: { kind: 'approval' }, timeoutMs: 172_800_000 },
  ])
})

test('inputs may be a whole JSON Schema', () => {
  const schema = 'type: object, properties: { a: { type: integer } }, required: [a], additionalProperties: false'
  const { workflow } = parse(`description: d\ninputs: { ${schema} }\nsteps: { s: { tool: t } }`)
  expect(workflow?.inputSchema).toEqual({
    type: 'object',
    properties: { a: { type: 'integer' } },
    required: ['a'],
    additionalProperties: false,
  })
})

test('all that is wrong with a file is said at once, each with its place and what to write', () => {
  const wrong = `tittle: Ship it
inputs:
  n: { type: integer, default: many }
  deep: { type: nothing }
steps:
  build:
    tool: make
    agent: maker
  test:
    need: build
    needs: [biuld]
    tool: test
    retry: { maxAttempts: 0, bakcoff: 1s }
    timeout: 3
  again:
    tool: test
    retry: often
`
  expect(problemsOf(wrong)).toEqual([
    "1:1: error: 'description' is missing: write text that says what the workflow does and when to call it.",
    "1:1: error: 'tittle' is not known here. Did you mean 'title'?",
    "10:5: error: 'need' is not known here. Did you mean 'needs'?",
    "13:14: error: 'maxAttempts' cannot be this: write a whole number of at least 1.",
    "13:30: error: 'bakcoff' is not known here. Did you mean 'backoff'?",
    "14:5: error: 'timeout' cannot be this: write a time such as 90s, 30m or 2h, of at least one second; a number is milliseconds.",
    "17:5: error: 'retry' cannot be this: write how many attempts in all, or maxAttempts:, backoff:, factor: and maxBackoff:.",
  ])
})

test('mistakes in a budget are told with how to write it', () => {
  const steps = 'description: d\nsteps: { a: { tool: t } }'
  expect(problemsOf(`${steps}\nbudget: { turn: 1, toolCalls: -1 }`)).toEqual([
    "3:11: error: 'turn' is not known here. Did you mean 'turns'?",
    "3:20: error: 'toolCalls' cannot be this: write a whole number.",
  ])
  expect(problemsOf(`${steps}\nbudget: { atLimit: end }`)).toEqual([
    expect.stringContaining("3:1: error: 'budget' cannot be this: write at least one of tokens, costUsd,"),
  ])
})

test('what steps, needs, schemas and expressions name has to be there', () => {
  const wrong = `description: d
inputs:
  n: { type: integer, default: many }
  deep: { type: nothing }
steps:
  build:
    tool: make
    agent: maker
  test:
    needs: [build_]
    tool: test
    with:
      a: \${{ inputs.m }}
      b: "text \${{ steps.build.outputs.x }} and \${{ steps.testt }}"
      c: \${{ item }} \${{ env.HOME }} \${{ constructor('x') }}
      d: \${{ inputs.n == }}
      e: \${{ success() }}
      f: \${{ 'never closed
  loop: { needs: [poll], tool: t }
  poll: { needs: [loop], tool: t, if: "\${{ true }} or \${{ false }}" }
  ask: { approval: Well?, with: { a: 1 } }
outputs:
  x: \${{ steps.test.output.y }}
`
  expect(problemsOf(wrong)).toEqual([
    "3:23: error: The default of 'n' does not fit: the value must be integer.",
    expect.stringMatching(/^4:3: error: This is no JSON Schema: /),
    "6:3: error: The step 'build' has tool and agent: give it one of tool, agent and approval.",
    "10:13: error: There is no step 'build_'. Did you mean 'build'?",
    "13:14: error: There is no input 'm'. Declare it below inputs.",
    "14:20: error: The step 'build' may not be over here: add it to the needs of 'test'.",
    "14:53: error: There is no step 'testt'. Did you mean 'test'?",
    "15:14: error: 'item' means nothing here. There are inputs, steps.",
    "15:26: error: Unrecognized named-value: 'env'.",
    "15:42: error: Unrecognized function: 'constructor'.",
    "16:23: error: Unexpected end of expression: '=='.",
    "17:14: error: success() means something only in 'if'.",
    '18:10: error: There is no }} for this ${{.',
    '19:11: error: The steps need each other in a circle: loop needs poll needs loop. Take one of these needs out.',
    '20:35: error: The condition is more than one ${{ }}: write all of it into one, or leave ${{ }} out.',
    "21:27: error: An approval has no 'with'. Leave it out, or give it to a step that calls something.",
    "23:10: error: A step has no 'output'. Did you mean 'outputs'?",
  ])
})

describe('a file that is no workflow:', () => {
  test.each([
    [
      'is empty',
      '',
      "1:1: error: 'description' is missing: write text that says what the workflow does and when to call it.",
    ],
    ['is a list', '- a', '1:1: error: A workflow is lines of "key: value", such as "description: …" and "steps: …".'],
    ['is no YAML', 'a: [', expect.stringMatching(/^1:5: error: This is not YAML that can be read: /)],
    [
      'has no steps',
      'description: d\nsteps: {}',
      '2:1: error: \'steps\' cannot be this: write at least one step, as "id:" with its tool, agent or approval below it.',
    ],
    [
      'has a step of nothing',
      'description: d\nsteps: { a: }',
      '2:10: error: The step \'a\' must have its tool, agent or approval below it, as "tool: NAME".',
    ],
    [
      'has a step that does nothing',
      'description: d\nsteps: { a: {} }',
      "2:10: error: The step 'a' does nothing: give it one of tool, agent and approval.",
    ],
    [
      'has an id that no expression can name',
      'description: d\nsteps: { a b: { tool: t } }',
      "2:10: error: 'a b' cannot be the id of a step: write a letter, then up to 63 of A-Z a-z 0-9 _ and -.",
    ],
    [
      'has two ids that expressions do not tell apart',
      'description: d\nsteps: { a: { tool: t }, A: { tool: t } }',
      "2:26: error: 'A' and 'a' differ in case only, which expressions do not tell apart.",
    ],
    [
      'needs itself',
      'description: d\nsteps: { a: { tool: t, needs: a } }',
      '2:24: error: The steps need each other in a circle: a needs a. Take one of these needs out.',
    ],
    [
      'asks what no form can show',
      'description: d\nsteps: { a: { approval: { message: Well?, schema: { properties: { x: { type: object } } } } } }',
      "2:43: error: The form cannot be shown: 'x' must be a string, number, boolean, enum or array of an enum; forms have no other fields.",
    ],
    [
      'asks twice for a decision',
      'description: d\nsteps: { a: { approval: { message: Well?, schema: { properties: { decision: { type: string } } } } } }',
      "2:67: error: 'decision' is what every approval asks: call this field otherwise.",
    ],
    [
      'loops over a word',
      'description: d\nsteps: { a: { tool: t, forEach: files } }',
      "2:24: error: 'forEach' must be an expression that gives a list, or a list.",
    ],
  ])('%s', (_, text, message) => {
    expect(problemsOf(text)[0]).toEqual(message)
  })

  test('is too large', () => {
    expect(problemsOf(GOOD, { maxWorkflowFileBytes: 10 })).toEqual([
      expect.stringMatching(/ error: It has \d+ bytes; the most is 10 \(LONGHAUL_MAX_WORKFLOW_FILE_BYTES\)\.$/),
    ])
    expect(problemsOf(GOOD, { maxWorkflowSteps: 2 })).toEqual([
      '8:1: error: There are 3 steps; the most is 2 (LONGHAUL_MAX_WORKFLOW_STEPS).',
    ])
    expect(problemsOf(GOOD, { maxExpressionCharacters: 20 })[0]).toContain('the most is 20 (LONGHAUL_MAX_EXPRESSION')
  })
})
