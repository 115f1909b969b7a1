import type { Owner, Page } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { type Position, parseCursor, toCursor, toPositions } from './cursor.ts'
import { ownerIndexKey, taskKeys } from './keys.ts'
import { parseTask, TASK_FIELDS } from './record.ts'

export interface PageRequest {
  readonly cursor?: string
  readonly limit: number
}

/** Tasks of an owner, newest first. Two round trips. @throws LonghaulError `cursor_invalid` */
export async function listTasks(connection: Connection, owner: Owner, { cursor, limit }: PageRequest): Promise<Page> {
  const position = cursor === undefined ? undefined : parseCursor(cursor)
  const after = await placesAfter(connection, ownerIndexKey(owner), { position, count: limit + 1 })
  const page = after.slice(0, limit)
  const rows = await connection.pipeline((pipeline) => {
    for (const { taskId } of page) pipeline.hmget(taskKeys(taskId).record, ...TASK_FIELDS)
  })
  const tasks = page.flatMap(({ taskId }, place) => parseTask(taskId, rows[place] as (string | null)[]) ?? [])
  const last = page.at(-1)
  return { tasks, ...(last && after.length > limit && { nextCursor: toCursor(last) }) }
}

/** Newest first, ties by id; the cursor's own task may be gone. */
async function placesAfter(
  connection: Connection,
  index: string,
  { position: cursor, count }: { readonly position: Position | undefined; readonly count: number },
): Promise<Position[]> {
  const rows = await connection.pipeline((pipeline) => {
    if (cursor) pipeline.zrevrangebyscore(index, cursor.at, cursor.at, 'WITHSCORES')
    const from = cursor ? `(${cursor.at}` : '+inf'
    pipeline.zrevrangebyscore(index, from, '-inf', 'WITHSCORES', 'LIMIT', 0, count)
  })
  const places = (rows as string[][]).flatMap(toPositions)
  return places.filter(({ at, taskId }) => !cursor || at < cursor.at || taskId < cursor.taskId).slice(0, count)
}
