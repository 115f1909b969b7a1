import { allPartitions, type DeadTask, type Owner, ownerKey, partitionOfOwner } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { deadKey, taskKeys } from './keys.ts'
import { parseTask, TASK_FIELDS } from './record.ts'

/** Tasks that failed since workers died with them, newest first: of the owner, or of everybody. Two round trips. */
export async function listDead(connection: Connection, limit: number, owner?: Owner): Promise<readonly DeadTask[]> {
  const partitions = owner ? [partitionOfOwner(owner)] : allPartitions()
  const rows = await connection.forEach(partitions, (target, partition) => target.zrevrange(deadKey(partition), 0, -1))
  const ids = (rows as string[][]).flat()
  const records = await connection.forEach(ids, (target, id) => target.hmget(taskKeys(id).record, ...TASK_FIELDS))
  const dead = ids.flatMap((id, place): DeadTask[] => {
    const task = parseTask(id, records[place] as (string | null)[])
    const isWanted = task && (!owner || ownerKey(task.head.owner) === ownerKey(owner))
    return isWanted ? [{ task, deaths: task.deaths ?? 0 }] : []
  })
  return dead.sort((a, b) => b.task.updatedAt - a.task.updatedAt).slice(0, limit)
}
