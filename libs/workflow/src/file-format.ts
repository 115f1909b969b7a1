import { BUDGET_FORMAT, HOW_TO_WRITE_BUDGET, parseDuration } from '@longhaul/project-files'
import type { Json } from '@longhaul/task'
import { z } from 'zod'

/** A shorter time is surely a slip of the unit. */
const LEAST_TIMEOUT_MS = 1000

const words = z.string().trim().min(1)
const count = z.int().min(1)
const duration = (leastMs: number) =>
  z.preprocess((value) => (value === undefined ? undefined : parseDuration(value)), z.int().min(leastMs)).optional()
const json = z.custom<Json>((value) => value !== undefined)
const map = z.record(z.string(), json)
const schema = z.record(z.string(), json)
/** Text where more than text can be said is what is said of it most often. */
const orWords = <Shape extends z.ZodType>(key: string, shape: Shape) =>
  z.preprocess((value) => (typeof value === 'string' || typeof value === 'number' ? { [key]: value } : value), shape)

const retry = orWords(
  'maxAttempts',
  z.strictObject({
    maxAttempts: count,
    backoff: duration(0),
    factor: z.number().min(1).optional(),
    maxBackoff: duration(0),
  }),
).optional()

const undo = z.strictObject({
  tool: words.optional(),
  agent: words.optional(),
  with: map.optional(),
  retry,
  timeout: duration(LEAST_TIMEOUT_MS),
})

const approval = orWords('message', z.strictObject({ message: words, schema: schema.optional() }))

const forEach = z.preprocess(
  (value) => (typeof value === 'string' || Array.isArray(value) ? { items: value } : value),
  z.strictObject({ items: z.union([words, z.array(json)]), concurrency: count.optional() }),
)

const step = z.strictObject({
  title: words.optional(),
  needs: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(words)).optional(),
  if: z.preprocess((value) => (typeof value === 'boolean' ? String(value) : value), words).optional(),
  tool: words.optional(),
  agent: words.optional(),
  approval: approval.optional(),
  with: map.optional(),
  forEach: forEach.optional(),
  retry,
  timeout: duration(LEAST_TIMEOUT_MS),
  continueOnError: z.boolean().optional(),
  undo: undo.optional(),
})

export const WORKFLOW_FILE = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,128}$/)
    .optional(),
  title: words.optional(),
  description: words,
  inputs: map.optional(),
  steps: z.record(z.string(), step).refine((steps) => Object.keys(steps).length > 0),
  outputs: map.optional(),
  timeout: duration(LEAST_TIMEOUT_MS),
  budget: BUDGET_FORMAT.optional(),
  queue: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
})

export type WorkflowFile = z.infer<typeof WORKFLOW_FILE>
export type StepFile = WorkflowFile['steps'][string]
export type UndoFile = NonNullable<StepFile['undo']>
export type RetryFile = NonNullable<StepFile['retry']>

const DURATION = 'a time such as 90s, 30m or 2h, of at least one second; a number is milliseconds'
const PAUSE = 'a time such as 500ms or 10s; a number is milliseconds'
const ARGUMENTS = 'the arguments of the call, each as "name: value"'

/** Of each map of the file, by its path with * for names that the author chooses: its keys, and how to write each. */
export const HOW_TO_WRITE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    name: 'the name of the tool: 1 to 128 of A-Z a-z 0-9 _ - and dot; without it the file gives the name',
    title: 'text, in quotes where YAML would read something else',
    description: 'text that says what the workflow does and when to call it',
    inputs: 'each input as "name:" with its type, description, default and so on below it',
    steps: 'at least one step, as "id:" with its tool, agent or approval below it',
    outputs: 'each output as "name: ${{ steps.ID.outputs.NAME }}"',
    timeout: DURATION,
    budget: HOW_TO_WRITE_BUDGET,
    queue: 'the name of a task queue: letters, digits, _ - and dot',
  },
  budget: {
    tokens: 'a whole number',
    costUsd: 'a number, in US dollars',
    turns: 'a whole number',
    toolCalls: 'a whole number',
    wallTime: DURATION,
    atLimit: 'ask or end',
  },
  'steps.*': {
    title: 'text, in quotes where YAML would read something else',
    needs: 'the id of a step, or a list of ids such as [build, test]',
    if: 'an expression, such as ${{ inputs.publish }}',
    tool: 'the name of a tool',
    agent: 'the name of an agent',
    approval: 'the question as text, or message: and schema:',
    with: ARGUMENTS,
    forEach: 'an expression that gives a list, such as ${{ inputs.files }}, or items: and concurrency:',
    retry: 'how many attempts in all, or maxAttempts:, backoff:, factor: and maxBackoff:',
    timeout: DURATION,
    continueOnError: 'true or false',
    undo: 'tool: or agent:, and with:',
  },
  'steps.*.approval': {
    message: 'the question as text',
    schema: 'a JSON Schema of a flat object, for further fields of the form',
  },
  'steps.*.forEach': {
    items: 'an expression that gives a list, or a list',
    concurrency: 'a whole number of at least 1',
  },
  'steps.*.retry': retryKeys(),
  'steps.*.undo': {
    tool: 'the name of a tool',
    agent: 'the name of an agent',
    with: ARGUMENTS,
    retry: 'how many attempts in all, or maxAttempts:, backoff:, factor: and maxBackoff:',
    timeout: DURATION,
  },
  'steps.*.undo.retry': retryKeys(),
}

function retryKeys() {
  return {
    maxAttempts: 'a whole number of at least 1',
    backoff: PAUSE,
    factor: 'a number of at least 1',
    maxBackoff: PAUSE,
  } as const
}
