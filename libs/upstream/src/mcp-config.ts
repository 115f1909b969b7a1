import type { Problem } from '@longhaul/task'
import { JsonSource, membersOf } from './json-source.ts'
import type { ServerConfig } from './server-config.ts'
import { readServer } from './server-entry.ts'
import type { Environment } from './variables.ts'

/** `mcpServers` is what most clients write, `servers` is what VS Code writes. */
const SERVER_LISTS = ['mcpServers', 'servers']
const IGNORED_SILENTLY = ['$schema']

/**
 * Reads a project's `mcp.json` or `.mcp.json`.
 *
 * @param file path from the project's folder, for the problems
 * @param env where `${VAR}` comes from
 * @returns the servers that can be used, in the file's order and without the disabled ones, and every mistake with its
 *   line. A mistake costs only its own server, unless the file is not JSON at all.
 */
export function parseMcpConfig(
  text: string,
  file: string,
  env: Environment,
): { readonly servers: readonly ServerConfig[]; readonly problems: readonly Problem[] } {
  const source = new JsonSource(text, file)
  const { root, problems } = source
  if (!root) return { servers: [], problems }
  if (root.type !== 'object') source.error(root, 'this must be an object: write { "mcpServers": { "name": { … } } }')

  const seen = new Set<string>()
  const servers: ServerConfig[] = []
  let lists = 0
  for (const { name, at, value } of membersOf(root)) {
    if (SERVER_LISTS.includes(name)) {
      lists += 1
      if (value.type !== 'object') source.error(value, `"${name}" must be an object with one member per server`)
      for (const entry of membersOf(value)) {
        if (seen.has(entry.name)) source.error(entry.at, `the server "${entry.name}" is there already: rename this one`)
        else servers.push(...readServer(entry, source, env))
        seen.add(entry.name)
      }
    } else if (name === 'inputs') {
      source.warn(at, `"inputs" is ignored, since nobody is prompted here: write \${VAR} and set it in the environment`)
    } else if (!IGNORED_SILENTLY.includes(name)) {
      source.warn(at, `"${name}" is not known here and is ignored; servers go into "mcpServers"`)
    }
  }
  if (root.type === 'object' && lists === 0) {
    source.error(root, 'there is no "mcpServers": write { "mcpServers": { "name": { "command": "…" } } }')
  }
  return { servers, problems }
}
