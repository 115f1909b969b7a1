import { type ExposedAs, isTaskId, templateKey } from '@longhaul/task'

/** What of a task can be read under a URI, by anybody who may read the task. */
export type TaskPart = 'result' | 'transcript' | 'log' | 'results'

export type TaskResource =
  | { readonly taskId: string; readonly part: 'result' | 'log' }
  /** `before`: only its messages before that one, from 0. */
  | { readonly taskId: string; readonly part: 'transcript'; readonly before?: number }
  /** The result of one tool step. */
  | { readonly taskId: string; readonly part: 'results'; readonly step: string }

interface PartFacts {
  readonly title: string
  readonly description: string
  /** Absent where it differs. */
  readonly mimeType?: string
  /** What comes after the part in the URI. */
  readonly variables?: readonly string[]
}

export const PARTS: Readonly<Record<TaskPart, PartFacts>> = {
  result: {
    title: 'Result of a task',
    description: 'How a task stands, and what it came to once it is over.',
    mimeType: 'application/json',
  },
  transcript: {
    title: 'Transcript of a task',
    description: 'The newest conversation of a task with a model, as far as it has got.',
    mimeType: 'application/json',
  },
  log: {
    title: 'Log of a task',
    description: 'What happened in a task, one event a line; the newest, while they are kept.',
    mimeType: 'text/plain',
  },
  results: {
    title: 'Result of a tool that a task called',
    description: 'All that a tool gave, where the model was shown an excerpt. Its name is the key of the step.',
    variables: ['step'],
  },
}

const NAMES = Object.keys(PARTS) as readonly TaskPart[]

/** As they are listed; the coordinator serves them by itself. */
export const TASK_TEMPLATES: readonly ExposedAs<'template'>[] = NAMES.map((part) => {
  const { title, description, mimeType, variables = [] } = PARTS[part]
  const uriTemplate = ['longhaul://tasks/{taskId}', part, ...variables.map((name) => `{${name}}`)].join('/')
  return {
    name: templateKey(uriTemplate),
    as: {
      kind: 'template',
      uriTemplate,
      name: `task-${part}`,
      ...(mimeType && { mimeType }),
      variables: ['taskId', ...variables].map((name) => ({ name })),
    },
    title,
    description,
    inputSchema: {},
    taskSupport: 'forbidden',
    queue: '',
    needs: {},
    definition: part,
  }
})

/** What a URI names of a task, or undefined where it is none of these. */
export function parseTaskUri(uri: string): TaskResource | undefined {
  const [, taskId = '', part, after] = /^longhaul:\/\/tasks\/([^/]+)\/(\w+)(?:\/([^/]+))?$/.exec(uri) ?? []
  if (!isTaskId(taskId)) return undefined
  switch (part) {
    case 'result':
    case 'log':
      return after === undefined ? { taskId, part } : undefined
    case 'transcript':
      if (after === undefined) return { taskId, part }
      return /^[1-9]\d{0,8}$/.test(after) ? { taskId, part, before: Number(after) } : undefined
    case 'results':
      return after === undefined ? undefined : withStep(taskId, after)
    default:
      return undefined
  }
}

function withStep(taskId: string, encoded: string): TaskResource | undefined {
  try {
    return { taskId, part: 'results', step: decodeURIComponent(encoded) }
  } catch {
    // A % that encodes nothing.
    return undefined
  }
}
