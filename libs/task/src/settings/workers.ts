import { MAX_TIMER_MS } from '../max-timer.ts'
import { choice, integer, list } from './setting.ts'

export const WORKERS = {
  workers: integer('LONGHAUL_WORKERS', 2, 'Worker processes of `longhaul start`.', { least: 0 }),
  concurrency: integer('LONGHAUL_CONCURRENCY', 20, 'Tasks that one worker runs at once.'),
  queues: list('LONGHAUL_QUEUES', 'Task queues a worker serves, comma-separated; empty means `default`.'),
  codeLoadMs: integer(
    'LONGHAUL_CODE_LOAD_MS',
    15_000,
    'Time that loading a code file of a project may take, with all that it imports and awaits outside of functions.',
    { most: MAX_TIMER_MS },
  ),
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
  catalogGraceMs: integer(
    'LONGHAUL_CATALOG_GRACE_MS',
    60_000,
    'Time a tool stays listed after its last worker was heard of.',
  ),
  heartbeatMs: integer(
    'LONGHAUL_HEARTBEAT_MS',
    5000,
    'Interval at which a worker says that it lives and what it can run.',
    { most: MAX_TIMER_MS },
  ),
}
