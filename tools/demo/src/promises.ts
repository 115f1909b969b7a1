import type { Observed, PostSeen } from './observed.ts'

/** Something that Longhaul promises, and how it shows from outside that it was kept. */
export interface Promised {
  readonly name: string
  readonly what: string
  /** What was seen instead; undefined where the promise was kept. */
  readonly broken: (seen: Observed) => string | undefined
}

export const PROMISES: readonly Promised[] = [
  {
    name: 'model',
    what: "the agent thinks with its caller's model, by sampling with tools",
    broken: ({ turns, report }) =>
      first(
        [turns.length === 3, `the model took ${turns.length} turns, not 3`],
        [turns.every(({ tools }) => tools.includes('publish_report')), 'a turn came without the tools'],
        [
          turns.map(({ messages }) => messages).join() === '1,3,5',
          `the conversations had ${turns.map(({ messages }) => messages).join(', ')} messages, not 1, 3, 5`,
        ],
        [report?.text === turns.at(-1)?.text, 'the result of the task is not what the model said last'],
      ),
  },
  {
    name: 'files',
    what: "the model reads the repository's own files, through an MCP server",
    broken: ({ files, turns }) =>
      Object.entries(files)
        .map(([path, text]) => (turns[1]?.results.includes(text) ? undefined : `the model was not shown ${path}`))
        .find((fault) => fault !== undefined),
  },
  {
    name: 'parallel',
    what: 'tool calls of one turn run at the same time',
    broken: ({ files, posts }) =>
      posts.some(({ openTitles }) => new Set(openTitles).size === Object.keys(files).length)
        ? undefined
        : 'no two of them were seen running at once',
  },
  {
    name: 'question',
    what: 'a task that asks a person is input_required, and goes on with the answer',
    broken: ({ questions, posts }) =>
      first(
        [questions.length === 3, `${questions.length} questions were asked, not 3`],
        [
          questions.every(({ status }) => status === 'input_required'),
          `the task was ${questions.map(({ status }) => status).join(', ')} while it asked`,
        ],
        [posts.length > 0, 'nothing came to the address that was the answer'],
      ),
  },
  {
    name: 'progress',
    what: 'progress reaches the client while a task runs, and only rises',
    broken: ({ progress, report, cancel }) =>
      first(
        [ofTask(progress, report?.id).length >= 5, 'the agent told less than 5 times how far it was'],
        [ofTask(progress, cancel?.task.id).some(({ total }) => total === 3), 'the tool did not tell how far it was'],
        ...[report?.id, cancel?.task.id].map(
          (id): Condition => [rises(ofTask(progress, id).map((one) => one.progress)), 'it did not rise each time'],
        ),
      ),
  },
  {
    name: 'takeover',
    what: 'a task whose worker is killed in the middle of a tool call is completed by another',
    broken: ({ files, posts, kill, report }) => {
      const accepted = new Set(posts.filter(isAccepted).map(partOf))
      const later = posts.slice(kill?.posts)
      return first(
        [kill !== undefined, 'no worker was killed'],
        [inDoubt(posts, kill).length > 0, 'no tool call was open when the worker was killed'],
        [report?.status === 'completed', `the task is ${report?.status ?? 'unknown'}`],
        [later.every(({ process }) => process !== kill?.process), 'the dead worker still posted'],
        [
          Object.keys(files).every((title) => [1, 2, 3].every((part) => accepted.has(`${title} ${part}`))),
          'not all that was to be published was',
        ],
      )
    },
  },
  {
    name: 'once',
    what: 'what was done and journaled before the kill is not done again',
    broken: ({ posts, kill }) => {
      const done = posts.slice(0, kill?.posts).filter(isAccepted)
      const again = done.find((post) => timesOf(posts, post) > 1)
      return first(
        [kill !== undefined && done.length > 0, 'nothing was done before the kill'],
        [again === undefined, again && `part ${partIn(again)} was posted ${timesOf(posts, again)} times`],
      )
    },
  },
  {
    name: 'in doubt',
    what: 'what was under way at the kill is done again, under the same idempotency key',
    broken: ({ posts, kill }) => {
      const doubtful = inDoubt(posts, kill)
      const keys = (post: PostSeen) => new Set(posts.filter(isSamePart(post)).map((one) => one.idempotencyKey))
      return first(
        [doubtful.length > 0, 'nothing was under way at the kill'],
        [doubtful.every((post) => timesOf(posts, post) === 2), 'it was not done again, or more than once'],
        [doubtful.every((post) => keys(post).size === 1), 'it came under another key'],
        [new Set(posts.map((one) => one.idempotencyKey)).size === new Set(posts.map(partOf)).size, 'keys are shared'],
      )
    },
  },
  {
    name: 'cancel',
    what: 'a cancelled task is told at once: the AbortSignal of its tool fires, and it does nothing more',
    broken: ({ posts, cancel }) => {
      const last = posts[(cancel?.posts ?? 0) - 1]
      return first(
        [cancel !== undefined, 'no task was cancelled'],
        [cancel?.task.status === 'cancelled', `the task is ${cancel?.task.status}`],
        [last?.state === 'dropped', 'the tool did not let go of what it was doing'],
        [posts.length === cancel?.posts, 'it went on posting'],
        [cancel?.workerLives === true, 'its worker had died'],
      )
    },
  },
  {
    name: 'end',
    what: 'everything ends: no task is left over, and every process stops when asked',
    broken: ({ statuses, exits }) =>
      first(
        [statuses?.toSorted().join() === 'cancelled,completed', `the tasks are ${statuses?.join(', ') ?? 'unknown'}`],
        [exits !== undefined, 'nobody was asked to end'],
        ...Object.entries(exits ?? {}).map(
          ([name, exit]): Condition => [exit === 0, `${name} ended with ${exit}, not with 0`],
        ),
      ),
  },
]

/** What must hold, and what to say where it does not. */
type Condition = readonly [holds: boolean, otherwise: string | undefined]

const first = (...conditions: readonly Condition[]): string | undefined => conditions.find(([holds]) => !holds)?.[1]

const ofTask = (progress: Observed['progress'], id: string | undefined) =>
  progress.filter(({ taskId }) => taskId === id)

const rises = (values: readonly number[]): boolean =>
  values.every((value, index) => value > (values[index - 1] ?? Number.NEGATIVE_INFINITY))

const isAccepted = ({ state }: PostSeen): boolean => state === 'accepted'

const partOf = ({ title, part }: PostSeen): string => `${title} ${part}`

const partIn = ({ title, part }: PostSeen): string => `${part} of ${title}`

const isSamePart = (post: PostSeen) => (other: PostSeen) => partOf(other) === partOf(post)

const timesOf = (posts: readonly PostSeen[], post: PostSeen): number => posts.filter(isSamePart(post)).length

/** Posts of the killed worker that it never heard the end of. */
const inDoubt = (posts: readonly PostSeen[], kill: Observed['kill']): readonly PostSeen[] =>
  posts.slice(0, kill?.posts ?? 0).filter((post) => post.process === kill?.process && !isAccepted(post))
