import { createHash } from 'node:crypto'
import type { CatalogEntry } from '@longhaul/task'
import type { Tool } from './tool.ts'

/** What a worker announces of a tool. `definition` is the hash of the rest. */
export function toCatalogEntry(tool: Tool): CatalogEntry {
  const {
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations,
    taskSupport,
    queue,
    needs,
    asksFirst,
    timeoutMs,
  } = tool
  const entry = {
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations,
    taskSupport,
    queue,
    needs,
    asksFirst,
    timeoutMs,
  }
  const json = JSON.stringify(entry)
  const definition = createHash('sha256').update(json).digest('base64url').slice(0, 16)
  return { ...(JSON.parse(json) as typeof entry), definition } as CatalogEntry
}
