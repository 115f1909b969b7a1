import type { CatalogEntry, ExposedAs, JsonObject } from '@longhaul/task'

/** A Prompt of prompts/list, with all that any revision knows. */
export function toPrompt(entry: ExposedAs<'prompt'>): JsonObject {
  const { name, arguments: args } = entry.as
  const listed = args.map(({ values: _, ...argument }) => argument)
  return { name, ...toFacts(entry), ...(listed.length > 0 && { arguments: listed }) }
}

/** A Resource of resources/list, with all that any revision knows. */
export function toResource(entry: ExposedAs<'resource'>): JsonObject {
  const { kind: _, ...resource } = entry.as
  return { ...(resource as unknown as JsonObject), ...toFacts(entry) }
}

/** A ResourceTemplate of resources/templates/list, with all that any revision knows. */
export function toTemplate(entry: ExposedAs<'template'>): JsonObject {
  const { kind: _, variables: __, ...template } = entry.as
  return { ...(template as unknown as JsonObject), ...toFacts(entry) }
}

const toFacts = ({ title, description, icons, _meta }: CatalogEntry): JsonObject => ({
  ...(title && { title }),
  ...(description && { description }),
  ...(icons && { icons: icons as unknown as JsonObject[] }),
  ...(_meta && { _meta }),
})
