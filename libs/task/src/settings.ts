import { type DailyBudget, parseDailyBudget } from './daily-budgets.ts'

/** What a timer of Node can count; one that is set to more goes off at once. */
const MAX_TIMER_MS = 2_147_483_647

/**
 * Every limit and interval, by name. Durations are milliseconds, sizes are bytes.
 * docs/settings.md is this table for readers; a test keeps the two equal.
 */
export const SETTINGS = {
  port: integer('PORT', 4620, 'Port of the coordinator; 0 takes a free one.', { least: 0, most: 65_535 }),
  host: word(
    'LONGHAUL_HOST',
    '127.0.0.1',
    'Address the coordinator binds. Beyond loopback it refuses to start without LONGHAUL_API_KEYS.',
  ),
  publicUrl: word(
    'LONGHAUL_PUBLIC_URL',
    '',
    'URL under which clients reach the coordinator, when it is not its address. Its host is allowed.',
  ),
  allowedHosts: list('LONGHAUL_ALLOWED_HOSTS', 'Further host names accepted in the Host header, comma-separated.'),
  allowedOrigins: list(
    'LONGHAUL_ALLOWED_ORIGINS',
    'Origins of browser clients that may call, comma-separated, beside loopback ones.',
  ),
  apiKeys: list(
    'LONGHAUL_API_KEYS',
    'Who may call: `name=sha256:HEX scope scope`, comma-separated (see `longhaul key`). Empty: everybody on loopback is `local`.',
  ),
  maxBodyBytes: integer(
    'LONGHAUL_MAX_BODY_BYTES',
    4 * 1024 * 1024,
    'Largest message of a client: the body of an HTTP request, or a line of `longhaul stdio`.',
  ),
  maxStdioRequests: integer(
    'LONGHAUL_MAX_STDIO_REQUESTS',
    1000,
    'Requests that a client of `longhaul stdio` may have unanswered at once; more are refused.',
  ),
  reachWaitMs: integer(
    'LONGHAUL_REACH_WAIT_MS',
    30_000,
    'Time that a request of `longhaul stdio` waits for an installation that cannot be reached; then it is answered with an error.',
    { least: 0 },
  ),
  lingerMs: integer(
    'LONGHAUL_LINGER_MS',
    10_000,
    'Time that what `longhaul stdio` has started goes on after the last such process has ended.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  httpSse: choice(
    'LONGHAUL_HTTP_SSE',
    'off',
    'The older transport HTTP+SSE, at /sse and /messages. What a client posts must reach the coordinator that has its stream.',
    ['off', 'on'],
  ),
  maxSseRequests: integer(
    'LONGHAUL_MAX_SSE_REQUESTS',
    1000,
    'Requests that a client of HTTP+SSE may have unanswered at once; more are refused.',
  ),
  maxBatchMessages: integer(
    'LONGHAUL_MAX_BATCH_MESSAGES',
    100,
    'Most messages in one batch, for clients whose revision has batches.',
  ),
  maxArgumentBytes: integer('LONGHAUL_MAX_ARGUMENT_BYTES', 1024 * 1024, 'Largest JSON of the arguments of one task.'),
  maxResultBytes: integer(
    'LONGHAUL_MAX_RESULT_BYTES',
    4 * 1024 * 1024,
    'Largest JSON of a step value or task result; a larger one fails the step or task.',
  ),
  maxInlineBytes: integer(
    'LONGHAUL_MAX_INLINE_BYTES',
    64 * 1024,
    'Largest JSON of a step value that is kept in the journal itself; a larger one is kept beside it, once per task.',
  ),
  journalCacheBytes: integer(
    'LONGHAUL_JOURNAL_CACHE_BYTES',
    64 * 1024 * 1024,
    'Journals that a worker keeps in memory, so that it reads only what is new when it goes on with a task.',
    { least: 0 },
  ),
  maxJournalEntries: integer(
    'LONGHAUL_MAX_JOURNAL_ENTRIES',
    20_000,
    'Most journal records of one task; the task fails when it needs more.',
  ),
  maxJournalBytes: integer(
    'LONGHAUL_MAX_JOURNAL_BYTES',
    64 * 1024 * 1024,
    'Most bytes of the journal of one task, large values included; the task fails when it needs more.',
  ),
  maxStepKeyCharacters: integer(
    'LONGHAUL_MAX_STEP_KEY_CHARACTERS',
    200,
    'Longest key that code gives a step, without the keys of the tools that it runs in; a longer one is an error in the code.',
    { most: 10_000 },
  ),
  maxIdempotencyKeyCharacters: integer(
    'LONGHAUL_MAX_IDEMPOTENCY_KEY_CHARACTERS',
    1000,
    'Longest idempotency key of a submission; those that steps of one Longhaul send to another are shorter, as a rule.',
  ),
  maxStatusMessageCharacters: integer(
    'LONGHAUL_MAX_STATUS_MESSAGE_CHARACTERS',
    500,
    'Longest message of a progress, and status message of a task, which every look at it carries; a longer one is cut.',
  ),
  maxParallelSteps: integer(
    'LONGHAUL_MAX_PARALLEL_STEPS',
    1000,
    'Steps that one task may have at work at once; one more fails.',
  ),
  maxOpenWaits: integer(
    'LONGHAUL_MAX_OPEN_WAITS',
    1000,
    'Questions, timers and children that one task may wait for at once; the step that needs one more fails.',
  ),
  maxChildDepth: integer(
    'LONGHAUL_MAX_CHILD_DEPTH',
    8,
    'Levels of tasks below one that a client submitted; a call on the last one fails.',
    { least: 0 },
  ),
  maxOpenChildren: integer(
    'LONGHAUL_MAX_OPEN_CHILDREN',
    100,
    'Children that one task may have at work at once; the call of one more fails.',
  ),
  maxTreeTasks: integer(
    'LONGHAUL_MAX_TREE_TASKS',
    1000,
    'Most tasks below one that a client submitted, over all its life; the call of one more fails.',
  ),
  maxWorkflowFileBytes: integer('LONGHAUL_MAX_WORKFLOW_FILE_BYTES', 256 * 1024, 'Largest file of a workflow.'),
  maxWorkflowSteps: integer('LONGHAUL_MAX_WORKFLOW_STEPS', 200, 'Most steps that the file of a workflow may have.'),
  maxWorkflowItems: integer(
    'LONGHAUL_MAX_WORKFLOW_ITEMS',
    500,
    'Most items that a step of a workflow may be done for.',
  ),
  workflowConcurrency: integer(
    'LONGHAUL_WORKFLOW_CONCURRENCY',
    10,
    'Items of a step of a workflow that are at work at once, where the step does not say.',
  ),
  maxExpressionCharacters: integer(
    'LONGHAUL_MAX_EXPRESSION_CHARACTERS',
    4096,
    'Longest expression of a workflow, without the braces.',
    { most: 20_000 },
  ),
  maxLogBytes: integer(
    'LONGHAUL_MAX_LOG_BYTES',
    64 * 1024,
    'Largest JSON of a log message of a tool; instead of a larger one its size is told.',
  ),
  defaultTtlMs: integer(
    'LONGHAUL_DEFAULT_TTL_MS',
    24 * 3600_000,
    'Time a task is kept from its creation when the client names none.',
  ),
  maxTtlMs: integer('LONGHAUL_MAX_TTL_MS', 30 * 24 * 3600_000, 'Longest such time a client can ask for.'),
  resultRetentionMs: integer(
    'LONGHAUL_RESULT_RETENTION_MS',
    24 * 3600_000,
    'Time a finished task is kept at least, from its end.',
  ),
  retryMaxAttempts: integer(
    'LONGHAUL_RETRY_MAX_ATTEMPTS',
    5,
    'Attempts of a step whose failure may pass, the first included, where the step says nothing.',
  ),
  retryBackoffMs: integer('LONGHAUL_RETRY_BACKOFF_MS', 1000, 'Pause after the first attempt of a step.', { least: 0 }),
  retryFactor: integer('LONGHAUL_RETRY_FACTOR', 2, 'By how much each pause is longer than the one before.'),
  retryMaxBackoffMs: integer(
    'LONGHAUL_RETRY_MAX_BACKOFF_MS',
    60_000,
    'Longest such pause, unless the failure itself asks for a longer one.',
    { least: 0 },
  ),
  retryJitterPercent: integer(
    'LONGHAUL_RETRY_JITTER_PERCENT',
    50,
    'How much of each pause may be left out, at random, so that many tasks do not come back at once.',
    { least: 0, most: 100 },
  ),
  taskTimeoutMs: integer(
    'LONGHAUL_TASK_TIMEOUT_MS',
    0,
    'Longest time that a task may take, waiting for people not counted, where its tool says nothing; 0 is no limit.',
    { least: 0 },
  ),
  stepTimeoutMs: integer(
    'LONGHAUL_STEP_TIMEOUT_MS',
    0,
    'Longest time that one attempt of a step may take, where the step says nothing; 0 is no limit.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  maxResourceFileBytes: integer(
    'LONGHAUL_MAX_RESOURCE_FILE_BYTES',
    1024 * 1024,
    'Largest file of `resources/` that is served.',
  ),
  servedRetentionMs: integer(
    'LONGHAUL_SERVED_RETENTION_MS',
    60_000,
    'Time that what got a prompt, read a resource or completed an argument is kept, from its end.',
  ),
  servedQuestionDeadlineMs: integer(
    'LONGHAUL_SERVED_QUESTION_DEADLINE_MS',
    3600_000,
    'Longest time a question stays open that a prompt or a resource asks.',
  ),
  completionWaitMs: integer(
    'LONGHAUL_COMPLETION_WAIT_MS',
    5000,
    'Time that completing an argument, or listing the resources of a template, may take.',
    { most: MAX_TIMER_MS },
  ),
  questionDeadlineMs: integer(
    'LONGHAUL_QUESTION_DEADLINE_MS',
    30 * 24 * 3600_000,
    'Time a question stays open when the tool names none.',
  ),
  approval: choice(
    'LONGHAUL_APPROVAL',
    'destructive',
    'Which calls of its tools an agent asks a person about, where its file says nothing: `always`, `never`, or those of tools that may destroy something, which is each that does not say otherwise (see people.md).',
    ['always', 'destructive', 'never'],
  ),
  approvalTimeoutMs: integer(
    'LONGHAUL_APPROVAL_TIMEOUT_MS',
    30 * 24 * 3600_000,
    'Time for which an agent waits for an approval, where its file says nothing.',
    { least: 1000 },
  ),
  onApprovalTimeout: choice(
    'LONGHAUL_ON_APPROVAL_TIMEOUT',
    'deny',
    'What becomes of a call that nobody has decided on: `deny`, the model is told so; `fail`, the task fails.',
    ['deny', 'fail'],
  ),
  maxInvalidAnswers: integer(
    'LONGHAUL_MAX_INVALID_ANSWERS',
    3,
    'Answers that do not fit their question before the step fails.',
  ),
  defaultPriority: integer(
    'LONGHAUL_DEFAULT_PRIORITY',
    0,
    'Priority of a task whose submitter names none; 0 is first, 9 is last.',
    { least: 0, most: 9 },
  ),
  maxStartDelayMs: integer(
    'LONGHAUL_MAX_START_DELAY_MS',
    30 * 24 * 3600_000,
    'Longest time for which a submitter can put off the start of a task.',
  ),
  maxSteers: integer(
    'LONGHAUL_MAX_STEERS',
    100,
    'Messages that people can send to the model of one task while it runs; each may take one more turn of it.',
  ),
  maxSteerBytes: integer('LONGHAUL_MAX_STEER_BYTES', 16 * 1024, 'Largest such message.', { most: 64 * 1024 }),
  maxPauseMs: integer(
    'LONGHAUL_MAX_PAUSE_MS',
    30 * 24 * 3600_000,
    'Longest time for which a task can be paused; then it fails.',
  ),
  maxOpenTasksPerOwner: integer(
    'LONGHAUL_MAX_OPEN_TASKS_PER_OWNER',
    100_000,
    'Most tasks of one owner that have not ended; more are refused.',
  ),
  maxOpenTasks: integer(
    'LONGHAUL_MAX_OPEN_TASKS',
    1_000_000,
    'Most tasks in all that have not ended; more are refused some seconds after there are so many.',
  ),
  dailyBudgets: dailyBudgets(
    'LONGHAUL_DAILY_BUDGETS',
    'What owners may spend a day, in UTC: `NAME costUsd=5 tokens=2000000 turns=500 toolCalls=1000`, comma-separated; NAME is that of an API key, `*` each other owner (see budgets.md).',
  ),
  budgetRetryMs: integer(
    'LONGHAUL_BUDGET_RETRY_MS',
    30_000,
    'Time after which a task that waits for others to need less of a budget than they hold looks again, should nobody tell it.',
  ),
  tooManyRetryMs: integer(
    'LONGHAUL_TOO_MANY_RETRY_MS',
    10_000,
    'Time after which a submitter who was refused for too many tasks is told to try again.',
  ),
  pollIntervalMs: integer('LONGHAUL_POLL_INTERVAL_MS', 1000, 'Poll interval suggested to clients.'),
  listPageSize: integer('LONGHAUL_LIST_PAGE_SIZE', 50, 'Tasks on one page of a list.'),
  catalogPageSize: integer(
    'LONGHAUL_CATALOG_PAGE_SIZE',
    200,
    'Tools, prompts, resources or templates on one page of a list.',
  ),
  plainCallWaitMs: integer(
    'LONGHAUL_PLAIN_CALL_WAIT_MS',
    45_000,
    'Time a call that is no task is held; then it is answered with its task, which goes on. 0 holds it to the end.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  taskTools: choice(
    'LONGHAUL_TASK_TOOLS',
    'listed',
    'Tools about tasks, for clients that know none: get_task, wait_for_task, list_tasks, answer_task, steer_task, pause_task, resume_task, cancel_task.',
    ['listed', 'hidden'],
  ),
  clientTasks: choice(
    'LONGHAUL_CLIENT_TASKS',
    'offered',
    'Whether a client that offers it may answer a question with a task of its own.',
    ['offered', 'never'],
  ),
  onDisconnect: choice(
    'LONGHAUL_ON_DISCONNECT',
    'protocol',
    'What becomes of a call that is no task when its client goes: what its revision says, or always the same.',
    ['protocol', 'detach', 'cancel'],
  ),
  streamMaxMs: integer(
    'LONGHAUL_STREAM_MAX_MS',
    0,
    'Time after which the stream of a held request is closed for its client to resume; 0 keeps it open. Only for clients that can.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  listTtlMs: integer(
    'LONGHAUL_LIST_TTL_MS',
    30_000,
    'Time a client without a session may keep a list before it asks again.',
    { least: 0 },
  ),
  sessionTtlMs: integer(
    'LONGHAUL_SESSION_TTL_MS',
    24 * 3600_000,
    'Time an MCP session is kept after its last request.',
  ),
  keepAliveMs: integer('LONGHAUL_KEEP_ALIVE_MS', 15_000, 'Interval of comments on an open event stream.', {
    most: MAX_TIMER_MS,
  }),
  deliveryLeaseMs: integer(
    'LONGHAUL_DELIVERY_LEASE_MS',
    10_000,
    'Time after which a question shown on a stream of a dead coordinator is shown on another.',
    { most: MAX_TIMER_MS },
  ),
  leaseMs: integer('LONGHAUL_LEASE_MS', 5000, 'Time after which a task of a silent worker is taken over.', {
    least: 100,
    most: MAX_TIMER_MS,
  }),
  maxDeaths: integer(
    'LONGHAUL_MAX_DEATHS',
    5,
    'Workers that may be lost with a task in a row, with nothing journaled in between; then it fails.',
  ),
  aloneAfterDeaths: integer(
    'LONGHAUL_ALONE_AFTER_DEATHS',
    2,
    'Such losses after which the task runs in a process of its own, so that its neighbours are safe from it.',
  ),
  maxAlone: integer('LONGHAUL_MAX_ALONE', 4, 'Such processes that one worker has at once.'),
  deadRetentionMs: integer(
    'LONGHAUL_DEAD_RETENTION_MS',
    7 * 24 * 3600_000,
    'Time a task that failed of such losses is kept at least, from its end.',
  ),
  sweepIntervalMs: integer(
    'LONGHAUL_SWEEP_INTERVAL_MS',
    500,
    'Interval of looking for timers, deadlines, lost wake-ups and removals.',
    { least: 10, most: MAX_TIMER_MS },
  ),
  wakeGraceMs: integer('LONGHAUL_WAKE_GRACE_MS', 5000, 'Time after which a wake-up that nobody took is added again.'),
  concurrency: integer('LONGHAUL_CONCURRENCY', 20, 'Tasks that one worker runs at once.'),
  workers: integer('LONGHAUL_WORKERS', 2, 'Worker processes of `longhaul start`.', { least: 0 }),
  projectChanges: choice(
    'LONGHAUL_PROJECT_CHANGES',
    'ignore',
    'What a worker does about changes of its project: `follow` them at once, or `ignore` them until it is started anew.',
    ['ignore', 'follow'],
  ),
  onCodeChange: choice(
    'LONGHAUL_ON_CODE_CHANGE',
    'continue',
    'What is done about a task that began with a version of its tool that no worker has any more, where the tool does not say: `continue` with the one that there is, `ask` a person, or `fail` it.',
    ['continue', 'ask', 'fail'],
  ),
  queues: list('LONGHAUL_QUEUES', 'Task queues a worker serves, comma-separated; empty means `default`.'),
  shutdownGraceMs: integer(
    'LONGHAUL_SHUTDOWN_GRACE_MS',
    10_000,
    'Time a stopping process waits for what it is doing.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  abortGraceMs: integer(
    'LONGHAUL_ABORT_GRACE_MS',
    1000,
    'Time that a tool has after that to say that it did nothing, when its signal has aborted.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  stuckAfterMs: integer(
    'LONGHAUL_STUCK_AFTER_MS',
    15 * 60_000,
    'Time for which a tool may keep its worker from hearing anything; then the worker is killed.',
    { least: 1000, most: MAX_TIMER_MS },
  ),
  heartbeatMs: integer(
    'LONGHAUL_HEARTBEAT_MS',
    5000,
    'Interval at which a worker says that it lives and what it can run.',
    { most: MAX_TIMER_MS },
  ),
  catalogGraceMs: integer(
    'LONGHAUL_CATALOG_GRACE_MS',
    60_000,
    'Time a tool stays listed after its last worker was heard of.',
  ),
  eventsPerPartition: integer(
    'LONGHAUL_EVENTS_PER_PARTITION',
    1000,
    'Events kept in each of the 256 partitions for readers that missed them.',
  ),
  upstreamTimeoutMs: integer(
    'LONGHAUL_UPSTREAM_TIMEOUT_MS',
    600_000,
    'Longest call of an upstream tool, unless mcp.json says otherwise.',
    { most: MAX_TIMER_MS },
  ),
  upstreamTaskTtlMs: integer(
    'LONGHAUL_UPSTREAM_TASK_TTL_MS',
    86_400_000,
    'How long an upstream server is asked to keep a task of its own that an exposed tool waits for.',
  ),
  upstreamPollMinMs: integer(
    'LONGHAUL_UPSTREAM_POLL_MIN_MS',
    1000,
    'Least time between two looks at a task of an upstream server, whatever it asks for.',
  ),
  upstreamPollMaxMs: integer(
    'LONGHAUL_UPSTREAM_POLL_MAX_MS',
    60_000,
    'Most time between two looks at a task of an upstream server that it can ask for. One that lasts is looked at more seldom: at every hundredth of its age.',
    { most: MAX_TIMER_MS },
  ),
  upstreamPatienceMs: integer(
    'LONGHAUL_UPSTREAM_PATIENCE_MS',
    600_000,
    'Time for which an upstream server that has a task may be away, before nobody knows any more what the task did.',
  ),
  upstreamAskHoldMs: integer(
    'LONGHAUL_UPSTREAM_ASK_HOLD_MS',
    300_000,
    'Longest time that a call of an upstream server, which asks something in the middle of it, holds its place for the answer. What takes rounds or is a task of the server holds nothing.',
    { most: MAX_TIMER_MS },
  ),
  modelTimeoutMs: integer('LONGHAUL_MODEL_TIMEOUT_MS', 600_000, 'Longest call of a model provider.', {
    most: MAX_TIMER_MS,
  }),
  callerWindowTokens: integer(
    'LONGHAUL_CALLER_WINDOW_TOKENS',
    200_000,
    'Tokens that a conversation with the model of whoever calls is taken to have room for, where an agent says nothing; 0 where nobody knows.',
    { least: 0 },
  ),
  progressIntervalMs: integer(
    'LONGHAUL_PROGRESS_INTERVAL_MS',
    20,
    'Least time between two reports of the progress of a task; of those that come faster the newest is sent.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  shownResultBytes: integer(
    'LONGHAUL_SHOWN_RESULT_BYTES',
    64 * 1024,
    'Most text of the result of a tool that a model is shown; of more it is shown the beginning and the end, with a link to the whole.',
    { least: 1000 },
  ),
  shownMediaBytes: integer(
    'LONGHAUL_SHOWN_MEDIA_BYTES',
    2 * 1024 * 1024,
    'Most images and sounds in the result of a tool that a model is shown, as base64; for what is beyond there is a link to the whole.',
    { least: 0 },
  ),
  deltaIntervalMs: integer(
    'LONGHAUL_DELTA_INTERVAL_MS',
    100,
    'Least time between two live messages of what a model says; 0 asks models for whole answers, and sends none.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  rateLimitPauseMs: integer(
    'LONGHAUL_RATE_LIMIT_PAUSE_MS',
    10_000,
    'Time for which no worker uses a key after its provider had too many requests and did not say when to come back.',
  ),
  rateLimitPatienceMs: integer(
    'LONGHAUL_RATE_LIMIT_PATIENCE_MS',
    24 * 3600_000,
    'Time for which a step is put off, again and again, since its model takes no requests; then it fails.',
    { least: 0 },
  ),
  rateLimitScope: choice(
    'LONGHAUL_RATE_LIMIT_SCOPE',
    'key',
    'What pauses when a provider has too many requests: all models of the `key`, or only the `model`.',
    ['key', 'model'],
  ),
  durability: choice(
    'LONGHAUL_DURABILITY',
    'process',
    'What an acknowledged change survives: `process` the death of any process of Longhaul, `fsync` a crash of the store and its machine, `replica` their loss (see durability.md).',
    ['process', 'fsync', 'replica'],
  ),
  durabilityCheck: choice(
    'LONGHAUL_DURABILITY_CHECK',
    'config',
    'How `fsync` is made sure of: `config` asks the store for its settings; `trust` takes your word, for a store that forbids CONFIG.',
    ['config', 'trust'],
  ),
  replicas: integer('LONGHAUL_REPLICAS', 1, 'Replicas that must have a change before it counts, with `replica`.'),
  replicaTimeoutMs: integer(
    'LONGHAUL_REPLICA_TIMEOUT_MS',
    1000,
    'Time the replicas have for that, before a submitter is told to try again.',
    { most: 1500 },
  ),
  logLevel: choice('LONGHAUL_LOG_LEVEL', 'info', 'Least level that is logged.', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  ]),
} as const

export type Settings = { readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name]['default'] }

/** @throws Error that names every variable with a wrong value and says what it takes. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const wrong: string[] = []
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const given = env[setting.env]
    if (given === undefined || given === '') return [name, setting.default]
    const parsed = setting.parse(given)
    if (parsed === undefined) wrong.push(`${setting.env}=${given}: ${setting.takes}`)
    return [name, parsed]
  })
  if (wrong.length > 0) throw new Error(`These settings cannot be used:\n  ${wrong.join('\n  ')}`)
  return Object.fromEntries(entries)
}

interface Setting<T> {
  readonly env: string
  readonly default: T
  readonly description: string
  /** What a value looks like. */
  readonly takes: string
  readonly parse: (given: string) => T | undefined
}

function integer(
  env: string,
  fallback: number,
  description: string,
  { least = 1, most }: { readonly least?: number; readonly most?: number } = {},
): Setting<number> {
  const parse = (given: string) => {
    const value = /^\d{1,15}$/.test(given.trim()) ? Number(given) : Number.NaN
    return value >= least && value <= (most ?? value) ? value : undefined
  }
  const takes = most === undefined ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`
  return { env, default: fallback, description, takes, parse }
}

function word(env: string, fallback: string, description: string): Setting<string> {
  return { env, default: fallback, description, takes: 'text', parse: (given) => given.trim() }
}

function choice(env: string, fallback: string, description: string, words: readonly string[]): Setting<string> {
  const parse = (given: string) => words.find((word) => word === given.trim())
  return { env, default: fallback, description, takes: `one of ${words.join(', ')}`, parse }
}

function dailyBudgets(env: string, description: string): Setting<readonly DailyBudget[]> {
  const parse = (given: string) => {
    const budgets = given.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [parseDailyBudget(entry)]))
    const names = new Set(budgets.map((budget) => budget?.name))
    return names.size < budgets.length || budgets.includes(undefined) ? undefined : (budgets as DailyBudget[])
  }
  const takes = 'one `NAME costUsd=5 tokens=2000000 turns=500 toolCalls=1000` for each name, comma-separated'
  return { env, default: [], description, takes, parse }
}

function list(env: string, description: string): Setting<readonly string[]> {
  const parse = (given: string) =>
    given
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return { env, default: [], description, takes: 'a comma-separated list', parse }
}
