import {
  allPartitions,
  type DueStore,
  rootOf,
  type Settings,
  type Settled,
  type Stall,
  type TaskHead,
  toWakeUp,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { dueKey, ownerIndexKey, SWEEPER, submissionsKey, taskKeys } from './keys.ts'
import { keepUntil } from './record.ts'
import { parseWaitValue } from './wait-value.ts'

export class RedisDueStore implements DueStore {
  readonly #connection: Connection
  readonly #settings: Settings

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  async isMyTurn(sweeper: string): Promise<boolean> {
    const args = [sweeper, 4 * this.#settings.sweepIntervalMs]
    return (await this.#connection.call({ script: 'turn', keys: [SWEEPER], args })) === 1
  }

  async due(now: number, limit: number): Promise<readonly string[]> {
    const rows = await this.#connection.forEach(allPartitions(), (target, partition) =>
      target.zrangebyscore(dueKey(partition), '-inf', now, 'LIMIT', 0, limit),
    )
    return (rows as string[][]).flat()
  }

  async settle(taskIds: readonly string[]): Promise<readonly Settled[]> {
    const heads = (await this.#connection.forEach(taskIds, (target, id) =>
      target.hget(taskKeys(id).record, 'head'),
    )) as (string | null)[]
    const { wakeGraceMs, resultRetentionMs, maxPauseMs } = this.#settings
    const parsed = heads.map((head) => (head === null ? undefined : (JSON.parse(head) as TaskHead)))
    const answers = (await this.#connection.callAll(
      taskIds.map((id, place) => {
        const {
          record,
          journal,
          waits,
          due,
          delivery,
          dead,
          values,
          events,
          open,
          below,
          pins,
          budget,
          spent,
          asking,
        } = taskKeys(id)
        const head = parsed[place]
        const owner = head?.owner
        // Without a record there is nothing of an owner to leave; any key of the partition fills the places.
        const [index, submissions] = owner ? [ownerIndexKey(owner), submissionsKey(owner)] : [due, due]
        const root = head ? taskKeys(rootOf({ id, head })).record : record
        const keys = [
          ...[record, journal, waits, due, delivery, index, dead, values, submissions, events, open],
          ...[below, root, pins, budget, spent, asking],
        ]
        const until = head ? keepUntil(head) : 0
        return { script: 'settle', keys, args: [id, wakeGraceMs, until, resultRetentionMs, maxPauseMs] }
      }),
    )) as [string, string[]?][]
    return taskIds.flatMap((taskId, place): Settled[] => {
      const [kind, values = []] = answers[place] ?? ['nothing']
      const head = parsed[place]
      if (kind === 'removed' || kind === 'timed_out' || kind === 'owing') return [{ kind, taskId }]
      if (!head || kind === 'nothing') return []
      const wakeUp = toWakeUp(taskId, head)
      if (kind === 'wake')
        return [{ kind, tool: head.tool, ...(head.pinned !== undefined && { isPinned: true }), ...wakeUp }]
      const ancestors = head.lineage?.ancestors ?? []
      return [{ kind: 'waits', ...wakeUp, waits: values.map(parseWaitValue), ancestors }]
    })
  }

  async defer(taskId: string, dueAt: number): Promise<void> {
    const { record, waits, due } = taskKeys(taskId)
    await this.#connection.call({ script: 'defer', keys: [record, waits, due], args: [taskId, dueAt] })
  }

  async stall(taskId: string, { reason, isAwaited }: Stall): Promise<void> {
    const { record, events } = taskKeys(taskId)
    await this.#connection.call({
      script: 'stall',
      keys: [record, events],
      args: [taskId, reason, isAwaited ? '1' : ''],
    })
  }
}
