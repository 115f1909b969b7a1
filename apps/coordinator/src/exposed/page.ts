import { LonghaulError } from '@longhaul/task'

export interface PageOf<T> {
  readonly page: readonly T[]
  readonly nextCursor?: string
}

/**
 * One page of a list that is in the order of its names. A cursor is the last name of the page before, so that any
 * coordinator goes on from it, also when the list has changed meanwhile (F19).
 * @throws LonghaulError `cursor_invalid`
 */
export function pageOf<T>(
  list: readonly T[],
  nameOf: (item: T) => string,
  { cursor, size }: { readonly cursor?: string | undefined; readonly size: number },
): PageOf<T> {
  const after = cursor === undefined ? undefined : parseCursor(cursor)
  const rest = after === undefined ? list : list.filter((item) => nameOf(item) > after)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  return { page, ...(last && rest.length > size && { nextCursor: toCursor(nameOf(last)) }) }
}

const MARK = 'after:'

const toCursor = (name: string): string => Buffer.from(MARK + name).toString('base64url')

function parseCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (text.startsWith(MARK)) return text.slice(MARK.length)
  throw new LonghaulError('cursor_invalid', 'Invalid cursor. Pass the nextCursor of a previous page, or none.')
}
