import { compileSchema, SchemaError } from '@longhaul/schema'
import type { CatalogEntry, JsonObject } from '@longhaul/task'
import { describeEntry } from './describe-entry.ts'

/** What is wrong with arguments, for whoever wrote them. */
export function findFault(entry: CatalogEntry, args: JsonObject): string | undefined {
  try {
    const faults = compileSchema(entry.inputSchema)(args)
    return faults.length === 0 ? undefined : `Invalid arguments for ${describeEntry(entry)}: ${faults.join('; ')}.`
  } catch (error) {
    // A server elsewhere may list a schema that nobody can check.
    if (error instanceof SchemaError) {
      return `The tool '${entry.name}' cannot be called. Its input schema: ${error.message}`
    }
    throw error
  }
}
