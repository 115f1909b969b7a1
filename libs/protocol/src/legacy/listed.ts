import type { JsonObject } from '@longhaul/task'
import type { Features } from './version.ts'

/** A prompt, an argument of one, a resource or a template, without what the revision does not know (F11). */
export function toLegacyListed(listed: JsonObject, features: Features): JsonObject {
  const { title, icons, arguments: args, ...rest } = listed
  return {
    ...rest,
    ...(title !== undefined && features.structured && { title }),
    ...(icons !== undefined && features.icons && { icons }),
    ...(args !== undefined && {
      arguments: (args as readonly JsonObject[]).map((argument) => toLegacyListed(argument, features)),
    }),
  }
}
