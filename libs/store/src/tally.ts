import { allPartitions, type Owner, type Partition, type TaskHead } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { deadKey, openKey, ownerTagIndexKey, taskKeys } from './keys.ts'

interface OwnerTally {
  /** Undefined where no task of theirs is listed any more. */
  readonly owner: Owner | undefined
  readonly open: number
}

/** What there is of tasks, over all owners. */
export interface Tally {
  /** Tasks that have not ended. */
  readonly open: number
  /** Owners of those. */
  readonly owners: number
  /** Those who have most of them, first. */
  readonly most: readonly OwnerTally[]
  /** Tasks that failed because workers died with them, as long as they are kept. */
  readonly dead: number
}

/** Counts, in four round trips however many tasks there are; names the `named` owners with most open tasks. @throws LonghaulError `store_unavailable` */
export async function tally(connection: Connection, named: number): Promise<Tally> {
  const partitions = allPartitions()
  const [open, dead] = await Promise.all([
    connection.forEach(partitions, (target, partition) => target.hgetall(openKey(partition))),
    connection.forEach(partitions, (target, partition) => target.zcard(deadKey(partition))),
  ])
  const counts = (open as Record<string, string>[]).flatMap((byTag, place) =>
    Object.entries(byTag).map(([tag, count]) => ({ partition: partitions[place] ?? '', tag, open: Number(count) })),
  )
  const most = counts.sort((a, b) => b.open - a.open).slice(0, named)
  const owners = await ownersOf(connection, most)
  return {
    open: counts.reduce((sum, one) => sum + one.open, 0),
    owners: counts.length,
    most: most.map((one, place) => ({ owner: owners[place], open: one.open })),
    dead: (dead as number[]).reduce((sum, count) => sum + count, 0),
  }
}

/** By the newest task of each: keys have only a hash of who it is. */
async function ownersOf(
  connection: Connection,
  tags: readonly { readonly partition: Partition; readonly tag: string }[],
): Promise<readonly (Owner | undefined)[]> {
  const newest = (await connection.forEach(tags, (target, { partition, tag }) =>
    target.zrevrange(ownerTagIndexKey(partition, tag), 0, 0),
  )) as string[][]
  const known = newest.flatMap(([id]) => (id === undefined ? [] : [id]))
  const heads = (await connection.forEach(known, (target, id) => target.hget(taskKeys(id).record, 'head'))) as (
    | string
    | null
  )[]
  const owners = new Map(
    known.map((id, place) => {
      const head = heads[place]
      return [id, head ? (JSON.parse(head) as TaskHead).owner : undefined]
    }),
  )
  return newest.map(([id = '']) => owners.get(id))
}
