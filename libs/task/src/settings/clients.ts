import { MAX_TIMER_MS } from '../max-timer.ts'
import { choice, integer } from './setting.ts'

export const CLIENTS = {
  taskTools: choice(
    'LONGHAUL_TASK_TOOLS',
    'listed',
    'Tools about tasks, for clients that know none: get_task, wait_for_task, list_tasks, answer_task, steer_task, pause_task, resume_task, cancel_task.',
    ['listed', 'hidden'],
  ),
  plainCallWaitMs: integer(
    'LONGHAUL_PLAIN_CALL_WAIT_MS',
    45_000,
    'Time a call that is no task is held; then it is answered with its task, which goes on. 0 holds it to the end.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  onDisconnect: choice(
    'LONGHAUL_ON_DISCONNECT',
    'protocol',
    'What becomes of a call that is no task when its client goes: what its revision says, or always the same.',
    ['protocol', 'detach', 'cancel'],
  ),
  clientTasks: choice(
    'LONGHAUL_CLIENT_TASKS',
    'offered',
    'Whether a client that offers it may answer a question with a task of its own.',
    ['offered', 'never'],
  ),
  sessionTtlMs: integer(
    'LONGHAUL_SESSION_TTL_MS',
    24 * 3600_000,
    'Time an MCP session is kept after its last request.',
  ),
  maxSessions: integer(
    'LONGHAUL_MAX_SESSIONS',
    10_000,
    'MCP sessions that one caller may have at once; without keys and tokens all callers are one. `initialize` is refused for more.',
  ),
  keepAliveMs: integer('LONGHAUL_KEEP_ALIVE_MS', 15_000, 'Interval of comments on an open event stream.', {
    most: MAX_TIMER_MS,
  }),
  streamMaxMs: integer(
    'LONGHAUL_STREAM_MAX_MS',
    0,
    'Time after which the stream of a held request, or of the events of a task, is closed for its client to resume; 0 keeps it open. Only for clients that can.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  maxUnreadBytes: integer(
    'LONGHAUL_MAX_UNREAD_BYTES',
    16 * 1024 * 1024,
    'Bytes of an event stream that wait for a client that does not read; with more the stream is broken off, for the client to come again. More than the largest result.',
  ),
  lastBytesMs: integer(
    'LONGHAUL_LAST_BYTES_MS',
    60_000,
    'Time that the last bytes of an event stream have to reach their client, a result of some megabytes over a slow network among them. A coordinator that ends waits for its grace at most.',
    { most: MAX_TIMER_MS },
  ),
  maxSubscriptions: integer(
    'LONGHAUL_MAX_SUBSCRIPTIONS',
    1000,
    'Resources of whose changes one session may be told; a subscription to one more is refused.',
  ),
  maxHostedTasks: integer(
    'LONGHAUL_MAX_HOSTED_TASKS',
    1000,
    'Tasks of its own in which the client of one session may keep questions; one more is refused, and its question is asked anew.',
  ),
  deliveryLeaseMs: integer(
    'LONGHAUL_DELIVERY_LEASE_MS',
    10_000,
    'Time after which a question shown on a stream of a dead coordinator is shown on another.',
    { most: MAX_TIMER_MS },
  ),
  progressIntervalMs: integer(
    'LONGHAUL_PROGRESS_INTERVAL_MS',
    20,
    'Least time between two reports of the progress of a task; of those that come faster the newest is sent.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  pollIntervalMs: integer('LONGHAUL_POLL_INTERVAL_MS', 1000, 'Poll interval suggested to clients.'),
  listPageSize: integer('LONGHAUL_LIST_PAGE_SIZE', 50, 'Tasks on one page of a list.'),
  catalogPageSize: integer(
    'LONGHAUL_CATALOG_PAGE_SIZE',
    200,
    'Tools, prompts, resources or templates on one page of a list.',
  ),
  listTtlMs: integer(
    'LONGHAUL_LIST_TTL_MS',
    30_000,
    'Time a client without a session may keep a list before it asks again.',
    { least: 0 },
  ),
  eventsPerPartition: integer(
    'LONGHAUL_EVENTS_PER_PARTITION',
    1000,
    'Events kept in each of the 256 partitions for readers that missed them.',
  ),
}
