import { META } from './meta.ts'
import { isOfModernEra } from './version.ts'

/**
 * Whether a message is of the era without sessions: it says its revision itself, whatever it says, or the header
 * `MCP-Protocol-Version` names one of that era.
 */
export function isModern(body: unknown, versionHeader: string | undefined): boolean {
  const { params } = Object(body) as { readonly params?: { readonly _meta?: object } }
  const meta = Object(Object(params)._meta) as Readonly<Record<string, unknown>>
  return meta[META.protocolVersion] !== undefined || (versionHeader !== undefined && isOfModernEra(versionHeader))
}
