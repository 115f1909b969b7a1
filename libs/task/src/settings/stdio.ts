import { MAX_TIMER_MS } from '../max-timer.ts'
import { integer } from './setting.ts'

export const STDIO = {
  reachWaitMs: integer(
    'LONGHAUL_REACH_WAIT_MS',
    30_000,
    'Time that a request of `longhaul stdio` waits for an installation that cannot be reached; then it is answered with an error.',
    { least: 0 },
  ),
  deliveredWithinMs: integer(
    'LONGHAUL_DELIVERED_WITHIN_MS',
    10_000,
    'Time in which an installation has to take a handshake, a notification or an answer of a client of `longhaul stdio`; then it counts as away, and is sent it again.',
    { most: MAX_TIMER_MS },
  ),
  lingerMs: integer(
    'LONGHAUL_LINGER_MS',
    10_000,
    'Time that what `longhaul stdio` has started goes on after the last such process has ended.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  maxStdioRequests: integer(
    'LONGHAUL_MAX_STDIO_REQUESTS',
    1000,
    'Requests that a client of `longhaul stdio` may have unanswered at once; more are refused.',
  ),
  maxStdioUndelivered: integer(
    'LONGHAUL_MAX_STDIO_UNDELIVERED',
    1000,
    'Notifications and answers of a client of `longhaul stdio` that may be undelivered at once; then the client is read no further. While the installation is away the oldest makes room for the next instead, and the log says so: notifications go before answers and cancellations.',
  ),
}
