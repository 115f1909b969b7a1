import type { CatalogEntry, JsonObject } from '@longhaul/task'

/** A Tool of tools/list; schemas go out as they were written (F8 to F11). */
export function toModernTool(entry: CatalogEntry): JsonObject {
  const { name, title, description, icons, inputSchema, outputSchema, annotations, _meta } = entry
  return {
    name,
    ...(title && { title }),
    description,
    ...(icons && { icons: icons as unknown as JsonObject[] }),
    inputSchema: inputSchema as JsonObject,
    ...(outputSchema && { outputSchema: outputSchema as JsonObject }),
    ...(annotations && { annotations: { ...annotations } }),
    ...(_meta && { _meta }),
  }
}
