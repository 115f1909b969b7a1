import { APICallError } from 'ai'
import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { ModelError } from '../model.ts'
import { ConnectionFailure } from './patient-fetch.ts'
import { parseJson, toRetryAfterMs } from './retry-after.ts'
import { BrokenStream, NoStream } from './stream-failures.ts'

/** How much of a provider's own words is passed on. */
const MAX_WORDS = 500

/** Codes that count for more than the HTTP status that came with them, if one did. */
const RATE_LIMIT_CODES = ['rate_limit_exceeded', 'rate_limit_error', 'RESOURCE_EXHAUSTED']
const RETRYABLE_CODES = [...RATE_LIMIT_CODES, 'server_error', 'overloaded_error', 'api_error', 'UNAVAILABLE']
const NO_CREDIT = 'insufficient_quota'

/** What providers call a conversation that does not fit into the window of their model; only OpenAI has a code for it. */
const TOO_LONG_CODES = ['context_length_exceeded', 'exceed_context_size_error', 'request_too_large']
const TOO_LONG =
  /prompt is too long|prompt too long|exceed(s|ed)? (the )?(available |max(imum)? )?context|maximum context length|input token count .*exceeds|input is too long/i

/** What a provider said instead of an answer. */
interface Complaint {
  /** HTTP status; 0 where the answer had begun by then, and nothing else says. */
  readonly status: number
  readonly code: string | undefined
  readonly words: string
  /** The answer makes sense as an error of this provider. */
  readonly isReadable: boolean
  readonly retryAfterMs?: number | undefined
}

/**
 * What went wrong with a call and what to do about it. It carries no `cause`: the AI SDK's errors hold the request,
 * with the prompts in it.
 */
export function toModelError(thrown: unknown, endpoint: Endpoint): ModelError {
  const { id, urlVariable } = endpoint
  // The AI SDK wraps what breaks a stream.
  const isWrapped = APICallError.isInstance(thrown) && thrown.cause instanceof ConnectionFailure
  const error = isWrapped ? thrown.cause : thrown
  if (error instanceof ConnectionFailure) {
    const reason = safe(error.message, endpoint)
    const message = `${id}: The connection failed (${reason}). Check the network, and ${urlVariable} if it is set.`
    return new ModelError(message, { retryable: true })
  }
  const complaint = toComplaint(error)
  if (complaint) return judge({ ...complaint, words: safe(complaint.words, endpoint) }, endpoint)
  const words = safe(error instanceof Error ? error.message : String(error), endpoint)
  return new ModelError(`${id}: ${words}`, { retryable: false })
}

function judge({ status, code, words, isReadable, retryAfterMs }: Complaint, endpoint: Endpoint): ModelError {
  const { id, keyVariable, urlVariable } = endpoint
  const name = status === 0 ? '' : `HTTP ${status}`
  const answer = [name, words].filter((part) => part !== '').join(': ')
  const refuse = (message: string) => new ModelError(`${id}: ${message}`, { retryable: false })
  const defer = (message: string, isRateLimit: boolean) =>
    new ModelError(`${id}: ${message}`, {
      ...{ retryable: true, isRateLimit },
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })

  if (code === NO_CREDIT) return refuse(`The account has no credit left (${name}). Check its billing.`)
  // The provider's words are left out: OpenAI's repeat a part of the key.
  if (status === 401 || /API key not valid/i.test(words))
    return refuse(`The provider did not accept the key (${name}). Set ${keyVariable} to one that is valid.`)
  if (status === 403) return refuse(`The provider refused (${answer}). Check what the key in ${keyVariable} may do.`)
  if (status === 404) return refuse(`Not found (${answer}). Check the model's name, and ${urlVariable} if it is set.`)
  const isTooLong = status === 413 || TOO_LONG_CODES.includes(code ?? '') || TOO_LONG.test(words)
  if (isTooLong && status !== 429 && status < 500) {
    const message = `${id}: The conversation is longer than the model takes (${answer}).`
    return new ModelError(message, { retryable: false, isTooLong })
  }
  if (status === 429 || RATE_LIMIT_CODES.includes(code ?? '')) return defer(`Too many requests (${answer}).`, true)
  if (status < 400 && !isReadable)
    return refuse(`The answer is not what this provider sends (${answer}). Check ${urlVariable} if it is set.`)
  const isPassing = status === 408 || status === 409 || status >= 500 || RETRYABLE_CODES.includes(code ?? '')
  return isPassing
    ? defer(`The provider cannot answer now (${answer}).`, false)
    : refuse(`The provider refused the request (${answer}).`)
}

function toComplaint(error: unknown): Complaint | undefined {
  if (error instanceof BrokenStream) {
    const { status = 0, code = 'server_error', message: words } = error
    return { status, code, words, isReadable: true }
  }
  if (error instanceof NoStream) return { status: 0, code: undefined, words: error.message, isReadable: false }
  if (!APICallError.isInstance(error)) return undefined
  const { statusCode: status = 0, responseHeaders: headers, responseBody: body } = error
  const said = errorIn(error)
  const words = said?.message ?? error.message
  return { status, code: said?.code, words, isReadable: !!said, retryAfterMs: toRetryAfterMs({ headers, body }) }
}

const errorBody = z.object({
  error: z.object({ message: z.string(), code: z.unknown().optional(), type: z.unknown().optional() }),
})

/**
 * The provider's own account of the error, in the body, as text or (where OpenAI sends it with HTTP 200) as a value; the
 * AI SDK may have it parsed.
 */
function errorIn({ data, responseBody }: APICallError): { message: string; code: string } | undefined {
  for (const body of [responseBody, data] as unknown[]) {
    const { success, data: parsed } = errorBody.safeParse(typeof body === 'string' ? parseJson(body) : body)
    if (success) return { message: parsed.error.message, code: String(parsed.error.code ?? parsed.error.type) }
  }
  return undefined
}

function safe(words: string, { apiKey }: Endpoint): string {
  const hidden = apiKey === undefined ? words : words.replaceAll(apiKey, '…')
  return hidden.length > MAX_WORDS ? `${hidden.slice(0, MAX_WORDS)}…` : hidden
}
