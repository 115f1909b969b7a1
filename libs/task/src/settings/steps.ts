import { MAX_TIMER_MS } from '../max-timer.ts'
import { integer } from './setting.ts'

export const STEPS = {
  stepTimeoutMs: integer(
    'LONGHAUL_STEP_TIMEOUT_MS',
    0,
    'Longest time that one attempt of a step may take, where the step says nothing; 0 is no limit.',
    { least: 0, most: MAX_TIMER_MS },
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
  maxLogBytes: integer(
    'LONGHAUL_MAX_LOG_BYTES',
    64 * 1024,
    'Largest JSON of a log message of a tool; instead of a larger one its size is told.',
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
  journalCacheBytes: integer(
    'LONGHAUL_JOURNAL_CACHE_BYTES',
    64 * 1024 * 1024,
    'Journals that a worker keeps in memory, so that it reads only what is new when it goes on with a task.',
    { least: 0 },
  ),
  maxStepKeyCharacters: integer(
    'LONGHAUL_MAX_STEP_KEY_CHARACTERS',
    200,
    'Longest key that code gives a step, without the keys of the tools that it runs in; a longer one is an error in the code.',
    { most: 10_000 },
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
}
