import { MAX_TIMER_MS } from '../max-timer.ts'
import { integer } from './setting.ts'

export const EXPOSED = {
  maxResourceFileBytes: integer(
    'LONGHAUL_MAX_RESOURCE_FILE_BYTES',
    1024 * 1024,
    'Largest file of `resources/` that is served.',
  ),
  completionWaitMs: integer(
    'LONGHAUL_COMPLETION_WAIT_MS',
    5000,
    'Time that completing an argument, or listing the resources of a template, may take.',
    { most: MAX_TIMER_MS },
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
}
