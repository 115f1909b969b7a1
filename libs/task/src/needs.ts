import type { CatalogEntry } from './catalog.ts'
import type { Audience } from './task.ts'

/** The capability of the submitter's client that a tool needs and that is not there, as MCP names it. */
export function lackingCapability(
  { sampling, elicitation }: CatalogEntry['needs'],
  audience: Audience,
): string | undefined {
  if (sampling === 'tools' && audience.sampling !== 'tools') return 'sampling.tools'
  if (sampling === 'plain' && audience.sampling === 'none') return 'sampling'
  return elicitation && !audience.elicitation ? 'elicitation' : undefined
}
