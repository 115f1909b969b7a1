import { setTimeout as delay } from 'node:timers/promises'
import { UnreachableError } from '@longhaul/stdio'
import { isTerminal, type TaskEvent } from '@longhaul/task'
import type { TaskClient, TaskView } from './task-client.ts'

/** Looks are close together at first, since many tasks are short. */
const LOOK_AFTER_MS = [50, 100, 200, 400, 700, 1000] as const
/** Time for which an installation that cannot be reached is waited for: it may be restarted just now. */
const PATIENCE_MS = 30_000

export interface Seen {
  readonly task: TaskView
  /** Those that came since the look before. */
  readonly events: readonly TaskEvent[]
}

export interface FollowOptions {
  /** Number of the newest event that is known already. */
  readonly after?: number
  /** Ends it, quietly. */
  readonly signal: AbortSignal
  readonly onAway: (reason: string) => void
}

/** A task as it is now, and whenever something has happened to it, until it is over. @throws see TaskClient */
export async function* followTask(client: TaskClient, taskId: string, options: FollowOptions): AsyncGenerator<Seen> {
  const { signal, onAway } = options
  let { after = 0 } = options
  let told = ''
  let looks = 0
  while (!signal.aborted) {
    const task = await untilReached(() => client.get(taskId), { signal, onAway })
    // After the task: what is said of its end is among them.
    const events = task && (await untilReached(() => client.events(taskId, after), { signal, onAway }))
    if (!task || !events) return
    after = events.at(-1)?.seq ?? after
    const said = JSON.stringify(task)
    if (said !== told || events.length > 0) {
      looks = 0
      yield { task, events }
    }
    told = said
    if (isTerminal(task.status)) return
    await pause(looks++, signal)
  }
}

/** Undefined where the signal has ended it. */
async function untilReached<T>(
  ask: () => Promise<T>,
  { signal, onAway }: Pick<FollowOptions, 'signal' | 'onAway'>,
): Promise<T | undefined> {
  const since = Date.now()
  for (let attempts = 0; !signal.aborted; ) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof UnreachableError) || Date.now() - since > PATIENCE_MS) throw error
      if (attempts === 0) onAway(error.message)
      await pause(attempts++, signal)
    }
  }
  return undefined
}

const pause = (count: number, signal: AbortSignal): Promise<void> =>
  delay(LOOK_AFTER_MS[Math.min(count, LOOK_AFTER_MS.length - 1)], undefined, { signal }).catch(() => {})
