import type { Context, StepHandle } from '@longhaul/runtime'
import type { Asks, TaskLook, UpstreamTask, UpstreamTool } from '@longhaul/upstream'
import { answerAll, refusalOf } from './answer-all.ts'

interface FollowedTask {
  readonly upstream: UpstreamTool
  readonly task: UpstreamTask
  /** Which of the calls it is of, from 1. */
  readonly time: number
}

type End = Extract<TaskLook, { kind: 'over' | 'gone' }>

/** A task is looked at as seldom as this part of its age, so that one of days takes some thousand looks. */
const PART_OF_AGE = 1 / 100
/** How often a server that is away is told an answer. */
const ATTEMPTS = 20

/** Looks at a task of a server until it is over, or nobody knows it any more. Between two looks nothing is held. */
export async function followTask(ctx: Context, followed: FollowedTask): Promise<End> {
  const { upstream, task, time } = followed
  const { pollMinMs, pollMaxMs, patienceMs } = upstream.limits
  const answered = new Set<string>()
  let askedMs = task.pollIntervalMs ?? pollMinMs
  let ageMs = 0
  let awayMs = 0
  let said: string | undefined
  for (let number = 1, stages = 0; ; number++) {
    const pauseMs = Math.max(pollMinMs, Math.min(askedMs, pollMaxMs), ageMs * PART_OF_AGE)
    await ctx.sleep(pauseMs)
    ageMs += pauseMs
    const look = await ctx.step<TaskLook>(`look-${time}-${number}`, ({ signal }) => upstream.look(task, signal))
    if (look.kind === 'over' || look.kind === 'gone') return look
    awayMs = look.kind === 'away' ? awayMs + pauseMs : 0
    if (look.kind === 'away' && awayMs > patienceMs) return { kind: 'gone', why: `it is away: ${look.why}` }
    if (look.kind === 'asks') {
      const asks = Object.fromEntries(Object.entries(look.asks).filter(([key]) => !answered.has(key)))
      for (const key of Object.keys(asks)) answered.add(key)
      const end = await answer(ctx, followed, { asks, key: `${time}-${number}` })
      if (end) return end
    }
    if (look.kind !== 'working') continue
    askedMs = look.pollIntervalMs ?? askedMs
    // What it says has no number: each new word is a step further.
    if (look.message !== undefined && look.message !== said) ctx.progress(++stages, undefined, look.message)
    said = look.message ?? said
  }
}

/** Answers what the task asks. @returns the end of a task of 2026 that is refused something, which it cannot be told */
async function answer(
  ctx: Context,
  { upstream, task }: FollowedTask,
  { asks, key }: { readonly asks: Asks; readonly key: string },
): Promise<End | undefined> {
  if (Object.keys(asks).length === 0) return undefined
  const replies = await answerAll(ctx, upstream, { asks, key: `ask-${key}` })
  const refusal = task.era === 'modern' ? refusalOf(upstream, replies) : undefined
  const give = async ({ signal }: StepHandle) => {
    const { kind } = await upstream.answer(task, { asks, replies, signal })
    // Of one that is gone the next look says so.
    if (kind === 'away') throw new Error(`The server ${upstream.server} is away, and cannot be told what it asked.`)
  }
  if (refusal) await ctx.step(`cancel-${key}`, ({ signal }) => upstream.cancel(task, signal))
  else await ctx.step(`answer-${key}`, give, { retry: { maxAttempts: ATTEMPTS } })
  return refusal && { kind: 'over', result: refusal }
}
