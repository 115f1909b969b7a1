import { isTaskId, LonghaulError } from '@longhaul/task'

/** Where a page of tasks ended: its last task, and the Unix ms by which the index has that task. */
export interface Position {
  readonly at: number
  readonly taskId: string
}

export const toCursor = ({ at, taskId }: Position): string => Buffer.from(`${at}.${taskId}`).toString('base64url')

/** @throws LonghaulError `cursor_invalid` */
export function parseCursor(cursor: string): Position {
  const [at = '', taskId = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split('.')
  if (!/^\d{1,15}$/.test(at) || !isTaskId(taskId) || rest.length > 0) {
    throw new LonghaulError(
      'cursor_invalid',
      'Invalid cursor. Pass the nextCursor of a previous page, or none for the first.',
    )
  }
  return { at: Number(at), taskId }
}

/** Of a reply WITHSCORES: id, score, id, score... */
export const toPositions = (row: readonly string[]): Position[] =>
  row.flatMap((taskId, place) => (place % 2 === 0 ? [{ taskId, at: Number(row[place + 1]) }] : []))
