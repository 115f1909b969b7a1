import type { CatalogEntry } from '@longhaul/task'
import type { Features } from './version.ts'

/** A Tool of tools/list in the words of a session's revision (F11, T6). Schemas go out as they were written. */
export function toLegacyTool(entry: CatalogEntry, features: Features): Record<string, unknown> {
  const { name, title, description, icons, inputSchema, outputSchema, annotations, taskSupport, _meta } = entry
  return {
    name,
    ...(title && features.structured && { title }),
    description,
    ...(icons && features.icons && { icons }),
    inputSchema,
    // Before 2026 the root of an output schema is an object (F10).
    ...(outputSchema?.type === 'object' && features.structured && { outputSchema }),
    ...(annotations && features.annotations && { annotations }),
    ...(features.tasks && { execution: { taskSupport } }),
    ...(_meta && features.structured && { _meta }),
  }
}
