import { randomBytes } from 'node:crypto'
import { describeUnderUndo } from '@longhaul/engine'
import { CatalogReader, RedisClaimStore, RedisPauses, RedisTaskStore, Watch, Workers } from '@longhaul/store'
import { openCodeChanges } from './code-change/open-code-changes.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { ListedTools } from './listed-tools.ts'
import { loadDefinitions } from './load-definitions.ts'
import { closeAndThrow, openConnection } from './open-connection.ts'
import { TaskRunner } from './task-runner.ts'
import type { WorkerOptions } from './worker-options.ts'

/**
 * One activation of one task by this process, which runs nothing else: if the task ends it, it ends nobody else.
 * Claims the task when the project is loaded, so that only what the task does counts as its doing.
 * @param stopped hands the task over; its worker, which holds the wake-up, sends for another one
 * @throws Error when there is no such project
 */
export async function runTaskAlone(
  options: WorkerOptions,
  { taskId, stopped }: { readonly taskId: string; readonly stopped: AbortSignal },
): Promise<void> {
  const { settings, log } = options
  const connection = openConnection(options)
  const loading = loadDefinitions(options, new RedisPauses(connection))
  const { definitions, models, upstreams } = await loading.catch(closeAndThrow(connection))
  const id = randomBytes(9).toString('base64url')
  const claims = new RedisClaimStore(connection, settings)
  const leases = new LeaseKeeper(options)
  const wakeUps = { wake: async () => {} }
  const watch = new Watch(connection)
  const catalog = new CatalogReader(connection, watch)
  const listed = new ListedTools(definitions, catalog)
  const store = new RedisTaskStore(connection, settings)
  const callees = {
    findEntry: (name: string) => listed.find(name),
    describeUnderUndo: (taskIds: readonly string[]) => describeUnderUndo({ store, wakeUps }, taskIds),
  }
  const workers = new Workers(connection, watch, settings)
  const codeChanges = openCodeChanges({ worker: id, workers, catalog, settings, log })
  const parts = { worker: id, claims, leases, wakeUps, definitions, models, ...callees, codeChanges, settings, log }
  const runner = new TaskRunner(parts)
  leases.onRenewed((renewal) => runner.news.learn(renewal))
  stopped.addEventListener('abort', () => void runner.leave())
  try {
    await workers.listen(id, (news, about) => runner.news.hear(news, about))
    await leases.ready
    await listed.refresh()
    if (!stopped.aborted) await runner.advance({ taskId, queue: '' })
  } finally {
    await Promise.all([connection.close(), leases.close(), upstreams.close()])
  }
}
