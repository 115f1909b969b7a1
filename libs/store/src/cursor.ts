import { isTaskId, LonghaulError } from '@longhaul/task'

/** Where a page of an owner's tasks ended: its last task and that task's place in the index. */
export interface Position {
  readonly createdAt: number
  readonly taskId: string
}

export const toCursor = ({ createdAt, taskId }: Position): string =>
  Buffer.from(`${createdAt}.${taskId}`).toString('base64url')

/** @throws LonghaulError `cursor_invalid` */
export function parseCursor(cursor: string): Position {
  const [createdAt = '', taskId = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split('.')
  if (!/^\d{1,15}$/.test(createdAt) || !isTaskId(taskId) || rest.length > 0) {
    throw new LonghaulError(
      'cursor_invalid',
      'Invalid cursor. Pass the nextCursor of a previous page, or none for the first.',
    )
  }
  return { createdAt: Number(createdAt), taskId }
}
