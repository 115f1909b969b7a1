import type { JsonObject } from '@longhaul/task'
import type { Outgoing, Reply, ServerAsk } from './exchange.ts'
import type { TaskHome } from './upstream-task.ts'

/** A way to a server, by which one can go on with a task of it. */
export interface Link {
  readonly era: 'legacy' | 'modern'
  /** Who knows the tasks that are made this way; absent where every connection is as good as another. */
  readonly home: TaskHome | undefined
  /** @throws errors of the SDK (see failure.ts), the signal's reason */
  request(outgoing: Outgoing): Promise<JsonObject>
  respond(id: ServerAsk['id'], reply: Reply): Promise<void>
}
