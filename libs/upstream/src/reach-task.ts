import type { Root } from '@longhaul/task'
import type { AskPolicy } from './ask-policy.ts'
import type { Callee } from './call.ts'
import { failureOf, isSessionGone } from './failure.ts'
import type { Link } from './link.ts'
import { isUnknownTask } from './task-client.ts'
import type { TaskHome, UpstreamTask } from './upstream-task.ts'

/** Longest time that somebody waits for a server to come back who only wants to know how a task stands. */
const WAIT_MS = 5000

/** What a task needs of its server. */
export interface TaskHost extends Callee {
  readonly asks: AskPolicy
  readonly roots: readonly Root[]
  /** Goes on in a session of another connection. Absent where there are none. */
  readonly inSession?: <T>(home: Extract<TaskHome, { kind: 'session' }>, use: (link: Link) => Promise<T>) => Promise<T>
}

/** What came of it, or why the task cannot be reached: not now, or not any more. */
export type Reached<T> =
  | { readonly kind: 'reached'; readonly value: T }
  | { readonly kind: 'away' | 'gone'; readonly why: string }

/** Does something about a task where the server knows it. @throws the signal's reason */
export async function reachTask<T>(
  host: TaskHost,
  { home }: UpstreamTask,
  { signal, use }: { readonly signal: AbortSignal; readonly use: (link: Link) => Promise<T> },
): Promise<Reached<T>> {
  try {
    const connection = await host.connection(WAIT_MS, AbortSignal.any([signal, host.closed]))
    const isHome = home !== undefined && home.id === connection?.home?.id
    if (home?.kind === 'process' && !isHome) return { kind: 'gone', why: 'the process that ran it has ended' }
    if (home?.kind === 'session' && !isHome) {
      if (!host.inSession) return { kind: 'gone', why: 'its session is none of this server' }
      return { kind: 'reached', value: await host.inSession(home, use) }
    }
    if (!connection) return { kind: 'away', why: host.trouble ?? 'it is still starting' }
    return { kind: 'reached', value: await use(connection) }
  } catch (error) {
    signal.throwIfAborted()
    if (isUnknownTask(error)) return { kind: 'gone', why: 'it does not know it any more' }
    if (home?.kind === 'session' && isSessionGone(error)) return { kind: 'gone', why: 'it has forgotten its session' }
    const failure = failureOf(error)
    return { kind: 'away', why: 'message' in failure ? failure.message : 'it did not answer in time' }
  }
}
