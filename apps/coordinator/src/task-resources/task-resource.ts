import { type ExposedAs, isTaskId, templateKey } from '@longhaul/task'

/** What of a task can be read under a URI, by anybody who may read the task. */
export type TaskPart = 'result' | 'transcript' | 'log'

export interface TaskResource {
  readonly taskId: string
  readonly part: TaskPart
}

interface PartFacts {
  readonly title: string
  readonly description: string
  readonly mimeType: string
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
}

const NAMES = Object.keys(PARTS) as readonly TaskPart[]

/** As they are listed; the coordinator serves them by itself. */
export const TASK_TEMPLATES: readonly ExposedAs<'template'>[] = NAMES.map((part) => {
  const { title, description, mimeType } = PARTS[part]
  const uriTemplate = `longhaul://tasks/{taskId}/${part}`
  return {
    name: templateKey(uriTemplate),
    as: { kind: 'template', uriTemplate, name: `task-${part}`, mimeType, variables: [{ name: 'taskId' }] },
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
  const [, taskId = '', name] = /^longhaul:\/\/tasks\/([^/]+)\/(\w+)$/.exec(uri) ?? []
  const part = NAMES.find((known) => known === name)
  return part && isTaskId(taskId) ? { taskId, part } : undefined
}
