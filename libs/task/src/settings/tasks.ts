import { integer } from './setting.ts'

export const TASKS = {
  defaultTtlMs: integer(
    'LONGHAUL_DEFAULT_TTL_MS',
    24 * 3600_000,
    'Time a task is kept from its creation when the client names none; never less than LONGHAUL_RESULT_RETENTION_MS.',
  ),
  maxTtlMs: integer('LONGHAUL_MAX_TTL_MS', 30 * 24 * 3600_000, 'Longest such time a client can ask for.'),
  resultRetentionMs: integer(
    'LONGHAUL_RESULT_RETENTION_MS',
    24 * 3600_000,
    'Time a finished task is kept at least, from its end. So any task is kept that long, however little a client asks for.',
  ),
  taskTimeoutMs: integer(
    'LONGHAUL_TASK_TIMEOUT_MS',
    0,
    'Longest time that a task may take, waiting for people not counted, where its tool says nothing; 0 is no limit.',
    { least: 0 },
  ),
  maxPauseMs: integer(
    'LONGHAUL_MAX_PAUSE_MS',
    30 * 24 * 3600_000,
    'Longest time for which a task can be paused; then it fails.',
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
  tooManyRetryMs: integer(
    'LONGHAUL_TOO_MANY_RETRY_MS',
    10_000,
    'Time after which a submitter who was refused for too many tasks is told to try again.',
  ),
  maxArgumentBytes: integer('LONGHAUL_MAX_ARGUMENT_BYTES', 1024 * 1024, 'Largest JSON of the arguments of one task.'),
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
}
