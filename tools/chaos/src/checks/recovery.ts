import type { Check } from '../check.ts'
import { claimsOf } from '../claims.ts'
import type { Evidence } from '../evidence.ts'

const MOST_P50_MS = 6000
const MOST_MS = 10_000
/** The tasks of one kill go on together, so that few kills have no median to speak of. */
const ENOUGH_KILLS = 8

/** With the lease as it comes. */
export const recovery: Check = {
  name: 'recovery',
  promise: `where nothing else goes wrong, a killed worker's tasks go on within ${MOST_P50_MS / 1000} s by half, ${MOST_MS / 1000} s at most`,
  judge: (evidence) => {
    const calm = recoveryTimes(evidence, 'calm')
    const { p50, most } = summarize(calm)
    const hasMedian = evidence.size.calmKills >= ENOUGH_KILLS
    const problems = [
      ...(evidence.size.calmKills > 0 && calm.length === 0 ? ['no task was interrupted by a kill in the calm'] : []),
      ...(hasMedian && p50 >= MOST_P50_MS ? [`p50 is ${p50} ms`] : []),
      ...(most >= MOST_MS ? [`the longest is ${most} ms`] : []),
    ]
    return {
      looked: `${calm.length} tasks: p50 ${p50} ms, max ${most} ms`,
      problems: problems.map((says) => ({ says })),
    }
  },
}

/** For each task that a killed worker had in hand, and that was not lost before, the ms until the next claim, sorted. */
export function recoveryTimes(evidence: Evidence, phase: 'storm' | 'calm'): readonly number[] {
  const { tasks, faults, processes } = evidence
  const kills = faults.filter(({ planned }) => planned.kind === 'kill-worker' && planned.phase === phase)
  const held = tasks.map((task) => ({ claims: claimsOf(task), events: task.events }))
  return kills
    .flatMap(({ pid, at }) => {
      const worker = processes.find((process) => process.pid === pid)?.worker
      return held.flatMap(({ claims, events }) => {
        const last = claims.findLast((claim) => claim.at <= at)
        if (!last || last.worker !== worker || last.letGoAt !== undefined) return []
        // One that was lost before may have to run alone, which takes a time of its own.
        const isLostAgain = last.number > 0 && claims[last.number - 1]?.letGoAt === undefined
        const next = claims[last.number + 1]
        const isPaused = events.some(
          (event) => event.type === 'paused' && event.at > last.at && event.at < (next?.at ?? 0),
        )
        return next && !isLostAgain && !isPaused ? [next.at - at] : []
      })
    })
    .sort((one, other) => one - other)
}

export function summarize(sorted: readonly number[]): { readonly p50: number; readonly most: number } {
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, most: sorted.at(-1) ?? 0 }
}
