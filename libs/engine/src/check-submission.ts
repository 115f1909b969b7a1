import {
  type Audience,
  type Budget,
  type CatalogEntry,
  type JsonObject,
  LIMITS,
  LonghaulError,
  lackingCapability,
  limitFault,
  MAX_PRIORITY,
  type Settings,
} from '@longhaul/task'
import { describeEntry } from './describe-entry.ts'
import type { Submission } from './submission.ts'

/**
 * All that can be wrong with a submission but for its arguments.
 * @throws LonghaulError `too_large`, `submission_invalid`, `client_cannot_answer`
 */
export function checkSubmission(submission: Submission, entry: CatalogEntry, settings: Settings): void {
  checkSize(submission.args, settings)
  checkOptions(submission, settings)
  checkBudget(entry, submission.budget)
  checkAudience(entry, submission.audience)
}

function checkSize(args: JsonObject, { maxArgumentBytes }: Settings): void {
  const bytes = Buffer.byteLength(JSON.stringify(args))
  if (bytes <= maxArgumentBytes) return
  const message = `The arguments are ${bytes} bytes; the most is ${maxArgumentBytes} (LONGHAUL_MAX_ARGUMENT_BYTES).`
  throw new LonghaulError('too_large', message)
}

function checkOptions(
  { idempotencyKey, priority, startAt, timeoutMs }: Submission,
  { maxStartDelayMs, maxIdempotencyKeyCharacters: mostCharacters }: Settings,
): void {
  const refuse = (message: string) => new LonghaulError('submission_invalid', message)
  if (idempotencyKey === '' || (idempotencyKey?.length ?? 0) > mostCharacters) {
    const setBy = 'LONGHAUL_MAX_IDEMPOTENCY_KEY_CHARACTERS'
    throw refuse(`The idempotency key must have 1 to ${mostCharacters} characters (${setBy}).`)
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY)) {
    throw refuse(`The priority must be a whole number from 0, first, to ${MAX_PRIORITY}, last.`)
  }
  if (timeoutMs !== undefined && !(Number.isInteger(timeoutMs) && timeoutMs > 0)) {
    throw refuse('The timeout must be a whole number of milliseconds of at least 1.')
  }
  if (startAt !== undefined && !(startAt - Date.now() <= maxStartDelayMs)) {
    throw refuse(`The start can be put off by ${maxStartDelayMs} ms at most (LONGHAUL_MAX_START_DELAY_MS).`)
  }
}

function checkBudget({ name, budget, unpricedModels = [] }: CatalogEntry, asked: Partial<Budget> | undefined): void {
  for (const limit of LIMITS) {
    const fault = asked?.[limit] === undefined ? undefined : limitFault(limit, asked[limit])
    if (fault) throw new LonghaulError('submission_invalid', `The ${limit} of a budget must be ${fault}.`)
  }
  const isInMoney = asked?.costUsd !== undefined || budget?.costUsd !== undefined
  if (!isInMoney || unpricedModels.length === 0) return
  const message = `The tool '${name}' cannot have a budget in money (costUsd): nobody knows what ${unpricedModels.join(', ')} costs. Write its price into prices.yaml of the project, or limit tokens instead.`
  throw new LonghaulError('submission_invalid', message)
}

const MODEL_ADVICE =
  ' Give it a model where the workers run (ANTHROPIC_API_KEY, OPENAI_API_KEY or LONGHAUL_MODEL), or call it from a client that lends one.'

function checkAudience(entry: CatalogEntry, audience: Audience): void {
  const capability = lackingCapability(entry.needs, audience)
  if (capability === undefined) return
  const isModel = capability !== 'elicitation'
  const what = isModel ? "runs on your client's own model" : 'asks a person'
  const message = `The ${describeEntry(entry)} ${what}, which needs the client capability ${capability}, and this client did not declare it.${isModel ? MODEL_ADVICE : ''}`
  throw new LonghaulError('client_cannot_answer', message, { data: { tool: entry.name, capability } })
}
