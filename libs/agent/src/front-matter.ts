import { BUDGET_FORMAT, HOW_TO_WRITE_BUDGET, parseDuration } from '@longhaul/project-files'
import { z } from 'zod'

/** A shorter timeout is surely a slip of the unit. */
const LEAST_TIMEOUT_MS = 1000

const words = z.string().trim().min(1)
const count = z.int().min(1)
const globs = z.preprocess((value) => (typeof value === 'string' ? splitList(value) : value), z.array(words))
const duration = z.preprocess(parseDurationOrKeep, z.int().min(LEAST_TIMEOUT_MS))
const approvalRule = z.strictObject({
  tools: globs.optional(),
  with: z.record(words, z.union([z.string(), z.number(), z.boolean()]).transform(String)).optional(),
  ask: z.enum(['always', 'destructive', 'never']),
})
const policy = z.enum(['summarise', 'trim', 'fail'])
const context = z.preprocess(
  (value) => (typeof value === 'string' ? { policy: value } : value),
  z.strictObject({
    policy: policy.optional(),
    threshold: z.number().gt(0).max(1).optional(),
    keepTurns: count.optional(),
    window: count.optional(),
  }),
)

/** What may stand between the `---` lines of an agent's file. Other keys are left out. */
export const FRONT_MATTER = z.object({
  description: words,
  title: words.optional(),
  model: z.union([words, z.array(words).min(1)]).optional(),
  tools: globs.optional(),
  agents: globs.optional(),
  handOffs: globs.optional(),
  maxTurns: count.optional(),
  maxTokens: count.optional(),
  context: context.optional(),
  timeout: duration.optional(),
  approval: z
    .preprocess((value) => (typeof value === 'string' ? [{ ask: value }] : value), z.array(approvalRule).min(1))
    .optional(),
  approvalTimeout: duration.optional(),
  onApprovalTimeout: z.enum(['deny', 'fail']).optional(),
  budget: BUDGET_FORMAT.optional(),
  queue: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
})

/** For each key, how to write it: the end of "write …". */
export const HOW_TO_WRITE = {
  description: 'text that says what the agent does and when to call it',
  title: 'text, in quotes where YAML would read something else',
  model:
    'caller, auto, provider/model (for example anthropic/claude-sonnet-5-5), scripted:<file>, or a list of models, each for when those before it give no answer',
  tools: 'a list of globs over tool names, such as ["docs__*", "!docs__delete"], or one line: docs__read, docs__list',
  agents: 'a list of globs over names of agents, such as ["researcher", "review_*"], or one line: researcher, writer',
  handOffs: 'a list of globs over names of agents, such as ["support_*"], or one line: billing, support',
  maxTurns: 'a whole number of at least 1',
  maxTokens: 'a whole number of at least 1',
  context:
    'summarise, trim or fail, or some of { policy: summarise, threshold: 0.8, keepTurns: 4, window: 32000 }: the part of the window that may be full, how many of the latest turns stay, and the window in tokens',
  timeout: 'a time of at least one second, such as 90s, 30m or 2h; a number is milliseconds',
  approval:
    'always, destructive or never, or a list of rules such as { tools: "mail__*", with: { to: "*@example.com" }, ask: never }, of which the first that speaks of a call counts',
  approvalTimeout: 'a time of at least one second, such as 90s, 30m or 2h; a number is milliseconds',
  onApprovalTimeout: 'deny, so that the model is told that nobody decided, or fail, which ends the task',
  budget: HOW_TO_WRITE_BUDGET,
  queue: 'the name of a task queue: letters, digits, _ - and dot',
} as const satisfies Record<keyof typeof FRONT_MATTER.shape, string>

/** At commas, except those inside braces of a glob. */
const splitList = (line: string): string[] =>
  line
    .split(/,(?![^{}]*\})/)
    .map((part) => part.trim())
    .filter((part) => part !== '')

function parseDurationOrKeep(value: unknown): unknown {
  return value === undefined ? undefined : parseDuration(value)
}
