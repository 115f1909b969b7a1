import { createHash } from 'node:crypto'
import type { CatalogEntry } from '@longhaul/task'
import { isExposed, type Tool } from './tool.ts'

/** What a worker announces of a tool. `definition` is the hash of what is listed of it. */
export function toCatalogEntry(tool: Tool): CatalogEntry {
  const { name, title, description, icons, inputSchema, outputSchema, annotations } = tool
  const { taskSupport, queue, needs, asksFirst, steerable, timeoutMs, undoes, effectsStay, _meta } = tool
  const { budget, unpricedModels } = tool
  const as = isExposed(tool) ? tool.as : undefined
  const listed = { name, as, title, description, icons, inputSchema, outputSchema, annotations }
  const running = { taskSupport, queue, needs, asksFirst, steerable, timeoutMs, undoes, effectsStay }
  const entry = { ...listed, ...running, budget, unpricedModels, _meta }
  const json = JSON.stringify(entry)
  const definition = createHash('sha256').update(json).digest('base64url').slice(0, 16)
  const { version, pin } = tool
  return {
    ...(JSON.parse(json) as typeof entry),
    definition,
    ...(version !== undefined && { version }),
    ...(pin && { pin }),
  } as CatalogEntry
}
