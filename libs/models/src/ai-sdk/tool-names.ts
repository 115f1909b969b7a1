import type { ModelTool } from '@longhaul/task'

/** Translates between the names of tools and what every provider takes as one. */
export interface ToolNames {
  toProvider(name: string): string
  fromProvider(name: string): string
}

/** Longest tool name of the strictest provider (OpenAI). */
const MAX_LENGTH = 64

/**
 * MCP allows dots and slashes in a tool's name, and 128 characters; providers allow letters, digits, `_`, `-`, and 64.
 * A name that does not fit is changed on the way out and back on the way in, the same way for the same list of tools.
 */
export function toolNames(tools: readonly ModelTool[]): ToolNames {
  const outward = new Map<string, string>()
  const inward = new Map<string, string>()
  for (const { name } of tools) {
    const fitting = fit(name)
    let unique = fitting
    for (let number = 2; inward.has(unique); number++)
      unique = `${fitting.slice(0, MAX_LENGTH - 1 - `${number}`.length)}_${number}`
    outward.set(name, unique)
    inward.set(unique, name)
  }
  return {
    toProvider: (name) => outward.get(name) ?? fit(name),
    fromProvider: (name) => inward.get(name) ?? name,
  }
}

const fit = (name: string): string => name.replace(/[^\w-]/g, '_').slice(0, MAX_LENGTH)
