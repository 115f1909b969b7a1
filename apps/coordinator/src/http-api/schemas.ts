import { LIMITS, LOG_LEVELS, TASK_STATUSES } from '@longhaul/task'
import { z } from 'zod'

/** What the HTTP API tells, by the names that it has in OpenAPI. */
export const SCHEMAS = z.registry<{ readonly id: string }>()
const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  SCHEMAS.add(schema, { id })
  return schema
}

const TIME = z.iso.datetime()
const NEXT_CURSOR = z.string().optional().describe('`cursor` of the next page.')

const OUTCOME = named(
  'Outcome',
  z.discriminatedUnion('kind', [
    z.looseObject({
      kind: z.literal('result'),
      result: z
        .looseObject({ content: z.array(z.looseObject({ type: z.string() })) })
        .describe('A CallToolResult of MCP.'),
    }),
    z.looseObject({
      kind: z.literal('error'),
      error: z.looseObject({ message: z.string() }).describe('A failure that is no result of the tool.'),
    }),
    z.looseObject({ kind: z.literal('cancelled'), reason: z.string() }),
  ]),
)

const QUESTION = named(
  'Question',
  z.object({
    key: z.string().describe('Names the question in an answer.'),
    deadline: TIME.optional().describe('Absent where it stays open as long as anybody waits for the answer.'),
    for: z.enum(['person', 'model', 'client']).describe('Only those for people can be answered here.'),
    message: z.string().optional(),
    fields: z.looseObject({}).optional().describe('JSON Schema of the content of an answer that accepts.'),
    url: z.string().optional().describe('A page to open, instead of fields to fill in.'),
  }),
)

const STANDING = z.object({ used: z.number(), held: z.number(), cap: z.number().optional() })
const BUDGET_STANDING = named(
  'BudgetStanding',
  z.looseObject({
    of: z.enum(['tree', 'day']),
    limits: z.partialRecord(z.enum(LIMITS), STANDING),
  }),
)

export const TASK = named(
  'Task',
  z.object({
    taskId: z.string(),
    tool: z.string(),
    status: z.enum(TASK_STATUSES),
    isError: z.literal(true).optional().describe('Only on a completed task: its result is an error.'),
    statusMessage: z.string().optional(),
    owner: z.object({ issuer: z.string(), subject: z.string(), tenant: z.string().optional() }),
    createdAt: TIME,
    updatedAt: TIME,
    pausedAt: TIME.optional(),
    progress: z
      .object({ progress: z.number(), total: z.number().optional(), message: z.string().optional() })
      .optional(),
    deaths: z.int().optional().describe('Workers in a row that were lost with it.'),
    retriedFrom: z.string().optional(),
    parent: z.string().optional().describe('The task that called it.'),
    step: z.string().optional().describe('The step of that one that waits for it.'),
    outcome: OUTCOME.optional().describe('Absent while it lives, and in lists.'),
    questions: z.array(QUESTION).optional().describe('What is open, in the order in which it was asked.'),
    budgets: z.array(BUDGET_STANDING).optional().describe('Where it is under some, and was looked at by itself.'),
  }),
)

export const TASK_PAGE = named('TaskPage', z.object({ tasks: z.array(TASK), nextCursor: NEXT_CURSOR }))

export const TASK_TREE = named('TaskTree', z.object({ tasks: z.array(TASK) }))

const TASK_EVENT = named(
  'TaskEvent',
  z.looseObject({
    seq: z.int().describe('Rises by one with each event of a task.'),
    at: z.number().describe('Unix milliseconds.'),
    type: z.enum([
      'created',
      'claimed',
      'stalled',
      'suspended',
      'handed_back',
      'paused',
      'resumed',
      'steered',
      'asked',
      'resolved',
      'refused',
      'progress',
      'log',
      'elicited',
      'finished',
    ]),
    level: z.enum(LOG_LEVELS).optional(),
  }),
)

export const TASK_EVENTS_SO_FAR = named('TaskEvents', z.object({ events: z.array(TASK_EVENT) }))

const TOOL = named(
  'Tool',
  z.looseObject({
    name: z.string(),
    title: z.string().optional(),
    description: z.string(),
    inputSchema: z.looseObject({}),
    outputSchema: z.looseObject({}).optional(),
  }),
)

export const TOOL_PAGE = named('ToolPage', z.object({ tools: z.array(TOOL), nextCursor: NEXT_CURSOR }))

/** RFC 9457. */
export const PROBLEM = named(
  'Problem',
  z.object({
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What to do.'),
    code: z.string().describe('For programs: does not change with the words.'),
  }),
)
