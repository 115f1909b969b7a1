import { createHash } from 'node:crypto'
import type { Claimed, JsonSchema } from '@longhaul/task'

const HASH_CHARACTERS = 12

/** The version of a server's tool: arguments that were written for one may not be right for another. */
export const schemaVersion = (inputSchema: JsonSchema): string =>
  `schema-${createHash('sha256').update(JSON.stringify(inputSchema)).digest('base64url').slice(0, HASH_CHARACTERS)}`

/**
 * Whether the call may still be made, or again. As long as a task of the server is only looked at, or is to be ended,
 * nobody need be asked, and nothing left behind there.
 */
export function mindsSchema({ head, journal }: Pick<Claimed, 'head' | 'journal'>): boolean {
  if (head.undoOf !== undefined) return false
  // Calls, and what is done about one whose task was lost: looks and answers are steps of another kind.
  const last = journal.findLast(({ kind }) => kind === 'tool')
  return !(last?.type === 'value' && Object(last.value).kind === 'task')
}
