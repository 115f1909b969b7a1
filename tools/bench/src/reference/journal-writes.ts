import { Connection, RedisClaimStore, RedisTaskStore } from '@longhaul/store'
import { type JournalEntry, newTaskId, readSettings } from '@longhaul/task'
import { PRINCIPAL } from '../submitter.ts'

/**
 * What a task wrote, written once more, and nothing else: the record, the claim, the journal in as few writes as it can
 * be made in, the outcome. No queue, no model, no tool, no loop, nobody who is told.
 */
export interface JournalWrites {
  run(): Promise<void>
  close(): Promise<void>
}

export async function openJournalWrites(url: string, taskId: string): Promise<JournalWrites> {
  const settings = readSettings({})
  const connection = new Connection({ url, settings, whenAway: 'fail' })
  const store = new RedisTaskStore(connection, settings)
  const claims = new RedisClaimStore(connection, settings)
  const task = await store.readOutcome(taskId)
  const remains = await store.readRemains(taskId)
  if (!task || !('outcome' in task) || !remains) throw new Error(`The task ${taskId} is not finished.`)
  const { head, outcome } = task
  const { args, journal } = remains
  const writes = toWrites(journal)
  return {
    run: async () => {
      const id = newTaskId(PRINCIPAL.owner)
      await store.create({ id, args, head: { ...head, createdAt: Date.now() } })
      const claimed = await claims.claim(id, { worker: 'reference', leaseMs: settings.leaseMs })
      if (claimed.kind !== 'claimed') throw new Error(`The task of the reference is ${claimed.kind}.`)
      for (const entries of writes) await claimed.ledger.save({ entries, waits: [] })
      await claimed.ledger.finish({ entries: [], waits: [], outcome })
    },
    close: () => connection.close(),
  }
}

/** A turn of the model is one write, and so is what all of its calls came to. */
function toWrites(journal: readonly JournalEntry[]): JournalEntry[][] {
  const writes: JournalEntry[][] = []
  let kind = ''
  for (const entry of journal) {
    if (entry.kind === kind && kind === 'tool') writes.at(-1)?.push(entry)
    else writes.push([entry])
    kind = entry.kind
  }
  return writes
}
