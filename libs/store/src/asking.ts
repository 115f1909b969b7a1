import {
  type AskingPage,
  allPartitions,
  type Page,
  type Partition,
  partitionOfOwner,
  type Task,
  type TaskHead,
  type Wait,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { type Position, parseCursor, toCursor, toPositions } from './cursor.ts'
import { askingKey, taskKeys } from './keys.ts'
import { parseTask, TASK_FIELDS } from './record.ts'
import type { ScriptCall } from './scripts.ts'

/** Tasks that are looked at in one round trip. */
const TASKS_PER_LOOK = 200

/** Whether waits that a task opens ask people, so that the task is listed; what serves a request asks whoever sent it. */
export const asksPeople = (waits: readonly Wait[], { serves }: TaskHead): boolean =>
  !serves && waits.some((wait) => wait.wait === 'question' && wait.question.method === 'elicitation/create')

/** Submitted tasks that ask people something, those first that have not asked anything new for the longest time. */
export async function listAsking(
  connection: Connection,
  { owner, isVisible, cursor, limit }: AskingPage,
): Promise<Page> {
  const partitions = owner ? [partitionOfOwner(owner)] : allPartitions()
  const found: { readonly place: Position; readonly task: Task }[] = []
  let after = cursor === undefined ? undefined : parseCursor(cursor)
  for (let isMore = true; isMore && found.length <= limit; ) {
    const places = await placesAfter(connection, partitions, after)
    const looked = await look(connection, places)
    found.push(...looked.filter(({ task }) => isVisible(task.head.owner)))
    isMore = places.length === TASKS_PER_LOOK
    after = places.at(-1)
  }
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return { tasks: shown.map(({ task }) => task), ...(last && { nextCursor: toCursor(last.place) }) }
}

/** Those of which a question is open. The others are listed no longer. */
async function look(connection: Connection, places: readonly Position[]) {
  const records = (await connection.forEach(places, (target, { taskId }) =>
    target.hmget(taskKeys(taskId).record, ...TASK_FIELDS, 'questions'),
  )) as (string | null)[][]
  const looked = places.map((place, at) => {
    const fields = records[at] ?? []
    return { place, task: Number(fields[TASK_FIELDS.length]) > 0 ? parseTask(place.taskId, fields) : undefined }
  })
  const over = looked.flatMap(({ place, task }) => (task ? [] : [place.taskId]))
  if (over.length > 0) await connection.callAll(over.map(toStrike))
  return looked.flatMap(({ place, task }) => (task ? [{ place, task }] : []))
}

function toStrike(taskId: string): ScriptCall {
  const { record, asking } = taskKeys(taskId)
  return { script: 'strike', keys: [record, asking], args: [taskId] }
}

/** In order, as many as are looked at in one round trip. */
async function placesAfter(
  connection: Connection,
  partitions: readonly Partition[],
  after: Position | undefined,
): Promise<readonly Position[]> {
  const later = await connection.forEach(partitions, (target, partition) => {
    const from = after ? `(${after.at}` : '-inf'
    return target.zrangebyscore(askingKey(partition), from, '+inf', 'WITHSCORES', 'LIMIT', 0, TASKS_PER_LOOK)
  })
  const atSameTime = await connection.forEach(after ? partitions : [], (target, partition) =>
    target.zrangebyscore(askingKey(partition), after?.at ?? 0, after?.at ?? 0, 'WITHSCORES'),
  )
  return ([...atSameTime, ...later] as string[][])
    .flatMap(toPositions)
    .filter(({ at, taskId }) => !after || at > after.at || taskId > after.taskId)
    .sort((a, b) => a.at - b.at || (a.taskId < b.taskId ? -1 : 1))
    .slice(0, TASKS_PER_LOOK)
}
