/** A turn of the demo's model. */
export interface TurnSeen {
  /** Messages of the conversation that it was sent. */
  readonly messages: number
  /** Names of the tools that it was offered. */
  readonly tools: readonly string[]
  /** Texts of the tool results that were new to it. */
  readonly results: readonly string[]
  /** Names of the tools that it called. */
  readonly calls: readonly string[]
  readonly text: string
}

export interface QuestionSeen {
  readonly taskId: string
  /** The task's status while the question was open. */
  readonly status: string
}

export interface ProgressSeen {
  readonly taskId: string
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** One HTTP request to the board: an effect outside of Longhaul. */
export interface PostSeen {
  readonly title: string
  readonly part: number
  readonly idempotencyKey: string
  /** Id of the worker process that sent it. */
  readonly process: number
  /** Titles of the requests that were open when it came, its own included. */
  readonly openTitles: readonly string[]
  readonly state: 'open' | 'accepted' | 'dropped'
}

export interface TaskSeen {
  readonly id: string
  readonly status: string
  /** What it came to, where it came to a result. */
  readonly text?: string
}

/** What was seen of Longhaul from outside. The promises are checked against nothing else. */
export interface Observed {
  /** Texts of the files by their path, as they are on disk. */
  readonly files: Readonly<Record<string, string>>
  readonly turns: readonly TurnSeen[]
  readonly questions: readonly QuestionSeen[]
  readonly progress: readonly ProgressSeen[]
  readonly posts: readonly PostSeen[]
  /** The task of the agent. */
  readonly report?: TaskSeen
  /** The killed worker, and how many posts had come by then. */
  readonly kill?: { readonly process: number; readonly posts: number }
  /** The task that was cancelled, how many posts had come by then, and whether its worker lived on. */
  readonly cancel?: { readonly task: TaskSeen; readonly posts: number; readonly workerLives: boolean }
  /** Statuses of all tasks at the end. */
  readonly statuses?: readonly string[]
  /** How each process that was asked to end did so: an exit code, or a signal. */
  readonly exits?: Readonly<Record<string, number | string | null>>
}

/** What the scenes note as they go, so that what was seen counts also where one of them is stopped. */
export type Notes = { -readonly [What in 'report' | 'kill' | 'cancel' | 'statuses' | 'exits']?: Observed[What] }
