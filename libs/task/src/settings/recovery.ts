import { MAX_TIMER_MS } from '../max-timer.ts'
import { integer } from './setting.ts'

export const RECOVERY = {
  leaseMs: integer('LONGHAUL_LEASE_MS', 5000, 'Time after which a task of a silent worker is taken over.', {
    least: 100,
    most: MAX_TIMER_MS,
  }),
  sweepIntervalMs: integer(
    'LONGHAUL_SWEEP_INTERVAL_MS',
    500,
    'Interval of looking for timers, deadlines, lost wake-ups and removals.',
    { least: 10, most: MAX_TIMER_MS },
  ),
  wakeGraceMs: integer('LONGHAUL_WAKE_GRACE_MS', 5000, 'Time after which a wake-up that nobody took is added again.'),
  stuckAfterMs: integer(
    'LONGHAUL_STUCK_AFTER_MS',
    15 * 60_000,
    'Time for which a tool may keep its worker from hearing anything; then the worker is killed.',
    { least: 1000, most: MAX_TIMER_MS },
  ),
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
}
