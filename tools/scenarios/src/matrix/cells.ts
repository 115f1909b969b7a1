import type { Step } from './steps.ts'

/** What is to come of a step with a client. */
export type Cell =
  /** The client does it itself. `how`: in a few words, for people. */
  | { readonly kind: 'own'; readonly how: string }
  /** It cannot, and says so, but does it by the tools about tasks. */
  | { readonly kind: 'plain'; readonly cannot: Inability }
  /** It cannot in any way. */
  | { readonly kind: 'none'; readonly cannot: Inability }

export interface Inability {
  readonly why: string
  /** What comes of it when it is tried all the same. */
  readonly says: RegExp
}

export type ClientId =
  | 'ext-tasks, 2025-11-25'
  | 'ext-tasks, 2026-07-28'
  | 'SDK v1'
  | 'SDK v2'
  | 'Inspector --cli'
  | 'mcpdo, 2025-11-25'
  | 'mcpdo, 2026-07-28'
  | 'mcpc'

export type Row = Readonly<Record<Step, Cell>>

const own = (how: string): Cell => ({ kind: 'own', how })
const plain = (cannot: Inability): Cell => ({ kind: 'plain', cannot })
const none = (cannot: Inability): Cell => ({ kind: 'none', cannot })

const NO_LIST = '2026-07-28 has no `tasks/list`'
const KNOWS_NO_TASKS: Inability = {
  why: 'has no methods of tasks',
  says: /Unsupported method: tasks\/|Arguments cannot be passed to a URL-based MCP server/,
}
const HAS_NO_MODEL: Inability = {
  why: 'has no model to lend: it declares no `sampling.tools`',
  says: /needs the client capability sampling\.tools/,
}
const SHOWS_NO_FORM: Inability = {
  why: 'shows no forms: it declares no `elicitation`',
  says: /waiting for an answer/,
}

/** Every client with every step. */
export const CELLS: Readonly<Record<ClientId, Row>> = {
  'ext-tasks, 2025-11-25': {
    submit: own('`callTool`'),
    poll: own('`task().snapshot`'),
    'answer an elicitation': own('session stream'),
    'answer a sampling with tools': own('session stream'),
    cancel: own('`cancelTask`'),
    list: own('`listTasks`'),
    'resume after a restart': own('`resumeTask`'),
    'answer after a restart': own('session stream'),
  },
  'ext-tasks, 2026-07-28': {
    submit: own('`callTool`'),
    poll: own('`task().snapshot`'),
    'answer an elicitation': own('`tasks/update`'),
    'answer a sampling with tools': own('`tasks/update`'),
    cancel: own('`cancelTask`'),
    list: plain({ why: NO_LIST, says: /Server task inventory is not supported/ }),
    'resume after a restart': own('`resumeTask`'),
    'answer after a restart': own('`tasks/update`'),
  },
  'SDK v1': {
    submit: own('`tools/call` with `task`'),
    poll: own('`getTask`'),
    'answer an elicitation': own('`getTaskResult`'),
    'answer a sampling with tools': own('`getTaskResult`'),
    cancel: own('`cancelTask`'),
    list: own('`listTasks`'),
    'resume after a restart': own('`getTaskResult`'),
    'answer after a restart': own('`getTaskResult`'),
  },
  'SDK v2': {
    submit: plain({ why: 'takes no task as the result of a call', says: /Unsupported result type 'task'/ }),
    poll: own("`request('tasks/get')`"),
    'answer an elicitation': own('rounds of `callTool`'),
    'answer a sampling with tools': own('rounds of `callTool`'),
    cancel: own("`request('tasks/cancel')`"),
    list: plain({ why: NO_LIST, says: /Method 'tasks\/list' is not supported/ }),
    'resume after a restart': own("`request('tasks/get')`"),
    'answer after a restart': own("`request('tasks/update')`"),
  },
  'Inspector --cli': {
    submit: plain(KNOWS_NO_TASKS),
    poll: plain(KNOWS_NO_TASKS),
    'answer an elicitation': plain(SHOWS_NO_FORM),
    'answer a sampling with tools': none(HAS_NO_MODEL),
    cancel: plain(KNOWS_NO_TASKS),
    list: plain(KNOWS_NO_TASKS),
    'resume after a restart': plain(KNOWS_NO_TASKS),
    'answer after a restart': plain(KNOWS_NO_TASKS),
  },
  'mcpdo, 2025-11-25': {
    submit: own('`tools/call --task`'),
    poll: own('`tasks/get`'),
    'answer an elicitation': own('`elicitation/respond`'),
    'answer a sampling with tools': none(HAS_NO_MODEL),
    cancel: own('`tasks/cancel`'),
    list: own('`tasks/list`'),
    'resume after a restart': own('`tasks/result`'),
    'answer after a restart': own('`tasks/result`, `elicitation/respond`'),
  },
  'mcpdo, 2026-07-28': {
    submit: own('`tools/call`'),
    poll: own('`tasks/get`'),
    'answer an elicitation': own('`elicitation/respond`'),
    'answer a sampling with tools': none(HAS_NO_MODEL),
    cancel: own('`tasks/cancel`'),
    list: plain({ why: NO_LIST, says: /The list does not have the task/ }),
    'resume after a restart': own('`tasks/result`'),
    'answer after a restart': own('`tasks/update`'),
  },
  mcpc: {
    submit: own('`tools-call --detach`'),
    poll: own('`tasks-get`'),
    'answer an elicitation': plain(SHOWS_NO_FORM),
    'answer a sampling with tools': none(HAS_NO_MODEL),
    cancel: own('`tasks-cancel`'),
    list: own('`tasks-list`'),
    'resume after a restart': own('`tasks-result`'),
    'answer after a restart': plain({ why: 'has no command to answer with', says: /unknown command/i }),
  },
}

export const CLIENT_IDS = Object.keys(CELLS) as readonly ClientId[]
