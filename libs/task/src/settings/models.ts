import { MAX_TIMER_MS } from '../max-timer.ts'
import { choice, integer } from './setting.ts'

export const MODELS = {
  modelTimeoutMs: integer('LONGHAUL_MODEL_TIMEOUT_MS', 600_000, 'Longest call of a model provider.', {
    most: MAX_TIMER_MS,
  }),
  callerWindowTokens: integer(
    'LONGHAUL_CALLER_WINDOW_TOKENS',
    200_000,
    'Tokens that a conversation with the model of whoever calls is taken to have room for, where an agent says nothing; 0 where nobody knows.',
    { least: 0 },
  ),
  shownResultBytes: integer(
    'LONGHAUL_SHOWN_RESULT_BYTES',
    64 * 1024,
    'Most text of the result of a tool that a model is shown; of more it is shown the beginning and the end, with a link to the whole.',
    { least: 1000 },
  ),
  shownMediaBytes: integer(
    'LONGHAUL_SHOWN_MEDIA_BYTES',
    2 * 1024 * 1024,
    'Most images and sounds in the result of a tool that a model is shown, as base64; for what is beyond there is a link to the whole.',
    { least: 0 },
  ),
  deltaIntervalMs: integer(
    'LONGHAUL_DELTA_INTERVAL_MS',
    100,
    'Least time between two live messages of what a model says; 0 asks models for whole answers, and sends none.',
    { least: 0, most: MAX_TIMER_MS },
  ),
  rateLimitScope: choice(
    'LONGHAUL_RATE_LIMIT_SCOPE',
    'key',
    'What pauses when a provider has too many requests: all models of the `key`, or only the `model`.',
    ['key', 'model'],
  ),
  rateLimitPauseMs: integer(
    'LONGHAUL_RATE_LIMIT_PAUSE_MS',
    10_000,
    'Time for which no worker uses a key after its provider had too many requests and did not say when to come back.',
  ),
  rateLimitPatienceMs: integer(
    'LONGHAUL_RATE_LIMIT_PATIENCE_MS',
    24 * 3600_000,
    'Time for which a step is put off, again and again, since its model takes no requests, or since what a call before it had done is being undone; then it fails.',
    { least: 0 },
  ),
}
