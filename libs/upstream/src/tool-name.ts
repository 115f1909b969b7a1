import { createHash } from 'node:crypto'

/** Longest full name: what MCP allows a tool's name to be. */
const MAX_LENGTH = 128
const FITTING = /^[A-Za-z0-9_.-]+$/

/**
 * The name under which Longhaul knows a tool of an upstream server: `server__tool`.
 *
 * A tool name that does not fit (other characters, too long) is written with `_` for what does not, and with a hash of
 * the whole name at the end, so that two tools never share one and the same tool keeps its own.
 */
export function fullToolName(server: string, tool: string): string {
  const plain = `${server}__${tool}`
  if (FITTING.test(plain) && plain.length <= MAX_LENGTH) return plain
  const hash = createHash('sha256').update(tool).digest('hex').slice(0, 8)
  return `${plain.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, MAX_LENGTH - 9)}-${hash}`
}
