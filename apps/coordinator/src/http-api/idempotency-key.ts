import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../guards/refusal.ts'

/**
 * What a request is named by, so that it is done once. The IETF's draft puts it in quotes, most clients do not: it is the
 * same key with them and without.
 * @throws Refusal 400 where it is empty: whoever sends a key relies on it
 */
export function idempotencyKeyIn({ 'idempotency-key': given }: IncomingHttpHeaders): string | undefined {
  if (typeof given !== 'string') return undefined
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given) ?? []
  const key = quoted?.replaceAll(/\\(.)/g, '$1') ?? given
  if (key === '') throw new Refusal(400, 'The header Idempotency-Key is empty. Send a key, or leave it away.')
  return key
}
