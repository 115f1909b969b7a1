import type { Principal, TaskEvent, Unsubscribe } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { findTask } from '../task-resources/read-task-resource.ts'
import { parseTaskUri, type TaskPart } from '../task-resources/task-resource.ts'
import { findReader } from './find-exposed.ts'

/** Events after which a part of a task is worth reading again. */
const CHANGED_BY: Readonly<Record<TaskPart, readonly TaskEvent['type'][]>> = {
  result: ['asked', 'resolved', 'progress', 'finished'],
  transcript: ['suspended', 'resolved', 'finished'],
  // What a step came to never changes.
  results: [],
  log: ['claimed', 'asked', 'resolved', 'progress', 'log', 'finished'],
}

/** Whether there may be something behind the URI for this principal. @throws LonghaulError `resource_not_found` */
export async function checkReadable(deps: Deps, principal: Principal, uri: string): Promise<void> {
  const resource = parseTaskUri(uri)
  if (resource) await findTask(deps, principal, { uri, ...resource })
  else await findReader(deps.catalog, uri)
}

/** Calls `listener` whenever what is behind the URI has changed, from when this resolves. The principal may read it. */
export function watchResource({ watch, resources }: Deps, uri: string, listener: () => void): Promise<Unsubscribe> {
  const resource = parseTaskUri(uri)
  if (!resource) return resources.on(uri, listener)
  return watch.watch(resource.taskId, ({ type }) => {
    if (type !== 'look' && CHANGED_BY[resource.part].includes(type)) listener()
  })
}
