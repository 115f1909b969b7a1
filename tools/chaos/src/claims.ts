import type { TaskEvidence } from './evidence.ts'
import type { ProcessSeen } from './member.ts'
import type { ActivationSeen } from './recorder.ts'

/** A worker took the task, by its events. */
export interface Claim {
  /** From 0, in order. */
  readonly number: number
  readonly worker: string
  /** Unix ms of the store. */
  readonly at: number
  /** Unix ms at which its holder suspended it, handed it back or finished it; absent when it did none of these. */
  readonly letGoAt?: number
}

export function claimsOf({ events }: Pick<TaskEvidence, 'events'>): readonly Claim[] {
  const claims: Claim[] = []
  for (const event of events) {
    if (event.type === 'claimed') claims.push({ number: claims.length, worker: event.worker, at: event.at })
    const last = claims.at(-1)
    const isEnd = ['suspended', 'handed_back', 'finished'].includes(event.type)
    if (isEnd && last && last.letGoAt === undefined) claims[last.number] = { ...last, letGoAt: event.at }
  }
  return claims
}

/** A worker runs a task with which others died in a process of its own, whose name nobody outside knows. */
const ALONE = 'alone'

/** Numbers of the first and the last claim that may be the one under which an activation ran. */
export interface ClaimRange {
  readonly first: number
  readonly last: number
}

/**
 * Which claim an activation ran under, as far as it can be told from outside. A process reports its activations of a
 * task in the order of its claims, but not every claim comes to report; one that was frozen may report late.
 */
export function claimsOfActivations(
  task: Pick<TaskEvidence, 'events' | 'activations'>,
  processes: readonly ProcessSeen[],
): ReadonlyMap<string, ClaimRange> {
  const claims = claimsOf(task)
  const workers = new Map(processes.map(({ pid, worker }) => [pid, worker]))
  const known = new Set(workers.values())
  const byWorker = Map.groupBy(task.activations, ({ pid }) => workers.get(pid) ?? ALONE)
  return new Map(
    [...byWorker].flatMap(([name, activations]) => {
      const own = claims.filter(({ worker }) => (known.has(worker) ? worker : ALONE) === name)
      return activations.map((activation, place) => [activation.activation, rangeOf(activation, own, place)] as const)
    }),
  )
}

function rangeOf({ at }: ActivationSeen, own: readonly Claim[], place: number): ClaimRange {
  const first = own[place]?.number ?? 0
  const last = own.findLast((claim) => claim.at <= at)?.number ?? first
  return { first, last: Math.max(first, last) }
}
