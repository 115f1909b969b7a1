import { choice, integer } from './setting.ts'

export const PEOPLE = {
  questionDeadlineMs: integer(
    'LONGHAUL_QUESTION_DEADLINE_MS',
    30 * 24 * 3600_000,
    'Time a question stays open when the tool names none.',
  ),
  maxInvalidAnswers: integer(
    'LONGHAUL_MAX_INVALID_ANSWERS',
    3,
    'Answers that do not fit their question before the step fails.',
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
  maxSteers: integer(
    'LONGHAUL_MAX_STEERS',
    100,
    'Messages that people can send to the model of one task while it runs; each may take one more turn of it.',
  ),
  maxSteerBytes: integer('LONGHAUL_MAX_STEER_BYTES', 16 * 1024, 'Largest such message.', { most: 64 * 1024 }),
}
