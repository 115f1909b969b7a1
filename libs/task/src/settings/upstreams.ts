import { MAX_TIMER_MS } from '../max-timer.ts'
import { integer } from './setting.ts'

export const UPSTREAMS = {
  upstreamStartMs: integer(
    'LONGHAUL_UPSTREAM_START_MS',
    15_000,
    'Time that the start of a worker waits for its upstream servers; the tools of those that are slower are listed when they are there.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  upstreamConnectMs: integer(
    'LONGHAUL_UPSTREAM_CONNECT_MS',
    60_000,
    'Time that an upstream server has to start and shake hands, unless mcp.json says otherwise; `npx` may have to download it first. Then it is tried again.',
    { most: MAX_TIMER_MS },
  ),
  upstreamTimeoutMs: integer(
    'LONGHAUL_UPSTREAM_TIMEOUT_MS',
    600_000,
    'Longest call of an upstream tool, unless mcp.json says otherwise.',
    { most: MAX_TIMER_MS },
  ),
  upstreamAskHoldMs: integer(
    'LONGHAUL_UPSTREAM_ASK_HOLD_MS',
    300_000,
    'Longest time that a call of an upstream server, which asks something in the middle of it, holds its place for the answer. What takes rounds or is a task of the server holds nothing.',
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
}
