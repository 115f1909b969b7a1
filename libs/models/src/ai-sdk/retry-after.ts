import { z } from 'zod'

/** The longest that a provider is believed; some send a day's end, or a clock that goes wrong. */
const LONGEST_MS = 3_600_000

export interface Refusal {
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** As it was sent, or parsed. */
  readonly body?: unknown
}

/**
 * How long a provider asks to be left alone: `retry-after-ms` (OpenAI's), else `retry-after`, in seconds or as a date;
 * else when the limit that is used up is reset (headers of Anthropic and OpenAI), or Google's RetryInfo in the body.
 * Undefined when it says nothing that can be read.
 */
export function toRetryAfterMs({ headers = {}, body }: Refusal, now = Date.now()): number | undefined {
  const asked = [
    fromNumber(headers['retry-after-ms'], 1),
    fromNumber(headers['retry-after'], 1000) ?? fromDate(headers['retry-after'], now),
    fromResets(headers, now),
    fromRetryInfo(body),
  ].find((ms) => ms !== undefined)
  return asked === undefined ? undefined : Math.min(Math.max(Math.ceil(asked), 0), LONGEST_MS)
}

const LIMITS = [
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map((what) => ({
    remaining: `anthropic-ratelimit-${what}-remaining`,
    reset: `anthropic-ratelimit-${what}-reset`,
  })),
  ...['requests', 'tokens'].map((what) => ({
    remaining: `x-ratelimit-remaining-${what}`,
    reset: `x-ratelimit-reset-${what}`,
  })),
]

/** The latest reset of a limit of which nothing remains. */
function fromResets(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const resets = LIMITS.filter(({ remaining }) => headers[remaining]?.trim() === '0').flatMap(
    ({ reset }) => fromDuration(headers[reset]) ?? fromDate(headers[reset], now) ?? [],
  )
  return resets.length > 0 ? Math.max(...resets) : undefined
}

const retryInfo = z.object({ error: z.object({ details: z.array(z.unknown()) }) })
const delay = z.object({ retryDelay: z.string() })

function fromRetryInfo(body: unknown): number | undefined {
  const parsed = retryInfo.safeParse(typeof body === 'string' ? parseJson(body) : body)
  if (!parsed.success) return undefined
  const delays = parsed.data.error.details.flatMap((detail) => {
    const { success, data } = delay.safeParse(detail)
    return success ? (fromDuration(data.retryDelay) ?? []) : []
  })
  return delays[0]
}

function fromNumber(said: string | undefined, factor: number): number | undefined {
  return said !== undefined && /^\d+(\.\d+)?$/.test(said.trim()) ? Number(said) * factor : undefined
}

function fromDate(said: string | undefined, now: number): number | undefined {
  const at = Date.parse(said ?? '')
  return Number.isNaN(at) ? undefined : at - now
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `6m0s`, `20ms`, `1h2m3.5s`. */
function fromDuration(said: string | undefined): number | undefined {
  if (said === undefined || !/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(said.trim())) return undefined
  const parts = said.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)
  return parts.reduce((total, [, amount, unit = '']) => total + Number(amount) * (MS_PER_UNIT[unit] ?? 0), 0)
}

/** Undefined where it is none: a page of a proxy, for example. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
