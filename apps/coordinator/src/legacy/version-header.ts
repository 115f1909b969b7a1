import { legacy } from '@longhaul/protocol'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../guards/refusal.ts'

/** Where it is absent, the revision is that of the session (R18). @throws Refusal 400 */
export function checkVersionHeader({ headers }: FastifyRequest): void {
  const version = headers['mcp-protocol-version']
  if (version === undefined || legacy.isLegacyVersion(String(version))) return
  throw new Refusal(400, `The protocol version '${version}' is not served; ${legacy.LEGACY_VERSIONS.join(', ')} are.`)
}
