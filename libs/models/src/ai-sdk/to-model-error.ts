import { APICallError } from 'ai'
import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { ModelError } from '../model.ts'
import { ConnectionFailure } from './patient-fetch.ts'
import { toRetryAfterMs } from './retry-after.ts'

/** How much of a provider's own words is passed on. */
const MAX_WORDS = 500

/** Codes in the body that count for more than the HTTP status that came with them. */
const RETRYABLE_CODES = ['server_error', 'rate_limit_exceeded']
const NO_CREDIT = 'insufficient_quota'

/**
 * What went wrong with a call and what to do about it. It carries no `cause`: the AI SDK's errors hold the request,
 * with the prompts in it.
 */
export function toModelError(error: unknown, endpoint: Endpoint): ModelError {
  const { id, keyVariable, urlVariable } = endpoint
  const retryAfterMs = APICallError.isInstance(error) ? toRetryAfterMs(error.responseHeaders ?? {}) : undefined
  const build = (retryable: boolean, ...sentences: string[]) =>
    new ModelError(`${id}: ${sentences.join(' ')}`, {
      retryable,
      ...(retryable && retryAfterMs !== undefined && { retryAfterMs }),
    })

  if (error instanceof ConnectionFailure)
    return build(
      true,
      `The connection failed (${safe(error.message, endpoint)}).`,
      `Check the network, and ${urlVariable} if it is set.`,
    )
  if (!APICallError.isInstance(error))
    return build(false, safe(error instanceof Error ? error.message : String(error), endpoint))

  const said = errorIn(error)
  const status = error.statusCode ?? 0
  const words = safe(said?.message ?? error.message, endpoint)
  const answer = `HTTP ${status}${words === '' ? '' : `: ${words}`}`
  if (said?.code === NO_CREDIT)
    return build(false, `The account has no credit left (HTTP ${status}). Check its billing.`)
  // The provider's words are left out: OpenAI's repeat a part of the key.
  if (status === 401)
    return build(false, `The provider did not accept the key (HTTP 401). Set ${keyVariable} to one that is valid.`)
  if (status === 403)
    return build(false, `The provider refused (${answer}). Check what the key in ${keyVariable} may do.`)
  if (status === 404)
    return build(false, `Not found (${answer}). Check the model's name, and ${urlVariable} if it is set.`)
  if (status === 429) return build(true, `Too many requests (${answer}).`)
  if (status < 400 && !said)
    return build(false, `The answer is not what this provider sends (${answer}). Check ${urlVariable} if it is set.`)
  const retryable = status === 408 || status === 409 || status >= 500 || RETRYABLE_CODES.includes(said?.code ?? '')
  return retryable
    ? build(true, `The provider cannot answer now (${answer}).`)
    : build(false, `The provider refused the request (${answer}).`)
}

const errorBody = z.object({ error: z.object({ message: z.string(), code: z.unknown() }) })

/**
 * The provider's own account of the error. The AI SDK has it parsed, or (where OpenAI sends it with HTTP 200) leaves it
 * in the body, as text or as a value.
 */
function errorIn({ data, responseBody }: APICallError): { message: string; code: string } | undefined {
  for (const body of [data, responseBody] as unknown[]) {
    const { success, data: parsed } = errorBody.safeParse(typeof body === 'string' ? parse(body) : body)
    if (success) return { message: parsed.error.message, code: String(parsed.error.code) }
  }
  return undefined
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined // A page of a proxy, for example.
  }
}

function safe(words: string, { apiKey }: Endpoint): string {
  const hidden = apiKey === undefined ? words : words.replaceAll(apiKey, '…')
  return hidden.length > MAX_WORDS ? `${hidden.slice(0, MAX_WORDS)}…` : hidden
}
