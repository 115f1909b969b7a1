import type { Context } from '@longhaul/runtime'
import type { TaskLook, UpstreamTask, UpstreamTool } from '@longhaul/upstream'

interface FollowedTask {
  readonly upstream: UpstreamTool
  readonly task: UpstreamTask
  /** What the keys of its steps begin with. */
  readonly key: string
}

/** A task is looked at as seldom as this part of its age, so that one of days takes some thousand looks. */
const PART_OF_AGE = 1 / 100

/** Looks at a task of a server until it is over, or nobody knows it any more. Between two looks nothing is held. */
export async function followTask(
  ctx: Context,
  { upstream, task, key }: FollowedTask,
): Promise<Extract<TaskLook, { kind: 'over' | 'gone' }>> {
  const { pollMinMs, pollMaxMs, patienceMs } = upstream.limits
  let askedMs = task.pollIntervalMs ?? pollMinMs
  let ageMs = 0
  let awayMs = 0
  let said: string | undefined
  for (let number = 1, stages = 0; ; number++) {
    const pauseMs = Math.max(pollMinMs, Math.min(askedMs, pollMaxMs), ageMs * PART_OF_AGE)
    await ctx.sleep(pauseMs)
    ageMs += pauseMs
    const look = await ctx.step<TaskLook>(`${key}-${number}`, ({ signal }) => upstream.look(task, signal))
    if (look.kind === 'over' || look.kind === 'gone') return look
    awayMs = look.kind === 'away' ? awayMs + pauseMs : 0
    if (look.kind === 'away' && awayMs > patienceMs) return { kind: 'gone', why: `it is away: ${look.why}` }
    if (look.kind !== 'working') continue
    askedMs = look.pollIntervalMs ?? askedMs
    // What it says has no number: each new word is a step further.
    if (look.message !== undefined && look.message !== said) ctx.progress(++stages, undefined, look.message)
    said = look.message ?? said
  }
}
