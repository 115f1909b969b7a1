import type { ModelTool } from '@longhaul/task'

/** Translates between the names of tools and what every provider takes as one. */
export interface ToolNames {
  toProvider(name: string): string
  fromProvider(name: string): string
}

/** Longest tool name of the strictest provider (OpenAI). */
const MAX_LENGTH = 64

/**
 * MCP allows dots and slashes in a tool's name, and 128 characters; providers allow letters, digits, `_`, `-`, and 64,
 * of which Google wants a letter or `_` first. A name that fits stays as it is. One that does not is changed on the way
 * out and back on the way in, the same way for the same list of tools, and never to the name of another.
 */
export function toolNames(tools: readonly ModelTool[]): ToolNames {
  const outward = new Map<string, string>()
  const inward = new Map<string, string>()
  const name = (ours: string, theirs: string) => {
    outward.set(ours, theirs)
    inward.set(theirs, ours)
  }
  const names = tools.map((tool) => tool.name)
  for (const fitting of names.filter((ours) => fit(ours) === ours)) name(fitting, fitting)
  for (const ours of names.filter((ours) => fit(ours) !== ours)) {
    const wanted = fit(ours)
    let theirs = wanted
    for (let number = 2; inward.has(theirs); number++)
      theirs = `${wanted.slice(0, MAX_LENGTH - 1 - `${number}`.length)}_${number}`
    name(ours, theirs)
  }
  return {
    toProvider: (ours) => outward.get(ours) ?? fit(ours),
    fromProvider: (theirs) => inward.get(theirs) ?? theirs,
  }
}

const fit = (name: string): string =>
  name
    .replace(/[^\w-]/g, '_')
    .replace(/^(?=[^A-Za-z_]|$)/, '_')
    .slice(0, MAX_LENGTH)
