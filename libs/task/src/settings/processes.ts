import { MAX_TIMER_MS } from '../max-timer.ts'
import { choice, integer } from './setting.ts'

export const PROCESSES = {
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
  logLevel: choice('LONGHAUL_LOG_LEVEL', 'info', 'Least level that is logged.', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  ]),
  audit: choice(
    'LONGHAUL_AUDIT',
    'off',
    'Which lines of the log say who did what to which task: none, of what changes something and of who was turned away, or of each look, too.',
    ['off', 'changes', 'all'],
  ),
}
