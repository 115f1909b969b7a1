import { randomBytes } from 'node:crypto'
import { RedisClaimStore, Watch, Workers } from '@longhaul/store'
import { loadDefinitions } from './load-definitions.ts'
import { openConnection } from './open-connection.ts'
import { repeat } from './repeat.ts'
import { TaskRunner } from './task-runner.ts'
import type { WorkerOptions } from './worker-options.ts'

/**
 * One activation of one task by this process, which runs nothing else: if the task ends it, it ends nobody else.
 * Claims the task when the project is loaded, so that only what the task does counts as its doing.
 * @param stopped lets the task go as it is
 * @throws Error when there is no such project
 */
export async function runTaskAlone(
  options: WorkerOptions,
  { taskId, stopped }: { readonly taskId: string; readonly stopped: AbortSignal },
): Promise<void> {
  const { settings, log } = options
  const { definitions, models, upstreams } = await loadDefinitions(options)
  const connection = openConnection(options)
  const id = randomBytes(9).toString('base64url')
  const claims = new RedisClaimStore(connection, settings)
  const runner = new TaskRunner({ worker: id, claims, definitions, models, settings, log })
  const workers = new Workers(connection, new Watch(connection), settings)
  const renewing = repeat(
    settings.leaseMs / 3,
    () => runner.renew(),
    (error) => log.error({ err: error }, 'the lease could not be renewed'),
  )
  stopped.addEventListener('abort', () => runner.stopAll(new Error('The worker stops.')))
  try {
    await workers.listen(id, (news, about) => runner.hear(news, about))
    if (!stopped.aborted) await runner.advance(taskId)
  } finally {
    await renewing.stop()
    await Promise.all([connection.close(), upstreams.close()])
  }
}
