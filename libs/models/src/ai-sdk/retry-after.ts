/** The longest that a provider is believed; some send a day's end, or a clock that goes wrong. */
const LONGEST_MS = 3_600_000

/**
 * How long a provider asks to be left alone: `retry-after-ms` (OpenAI's), else `retry-after`, in seconds or as a date.
 * Undefined when it says nothing that can be read.
 */
export function toRetryAfterMs(headers: Readonly<Record<string, string>>, now = Date.now()): number | undefined {
  const ms = Number.parseFloat(headers['retry-after-ms'] ?? '')
  const said = headers['retry-after']?.trim() ?? ''
  const fromSeconds = /^\d+(\.\d+)?$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now
  const asked = Number.isNaN(ms) ? fromSeconds : ms
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(Math.ceil(asked), 0), LONGEST_MS)
}
