import type { Installation } from './installation.ts'
import type { Member } from './member.ts'
import type { PlannedFault } from './plan.ts'
import type { Recorder } from './recorder.ts'

/** A worker that was too late says so in its next heartbeat: so long it is left alone. */
const REST_MS = 1500
/** A task whose worker was lost so often without any effect coming to its end is left alone: five times fail it. */
const MOST_FRUITLESS = 3

/**
 * Whom a fault hits just now, or undefined when there is nobody: one of those that are up and had a rest, with another
 * like it up as well.
 * @param mustWork only a worker that is in the middle of an effect
 */
export function chooseVictim(
  { kind, phase, pick }: PlannedFault,
  { installation, recorder }: { readonly installation: Installation; readonly recorder: Recorder },
  mustWork: boolean,
): Member | undefined {
  const isWorker = kind.endsWith('worker')
  const up = (isWorker ? installation.workers : installation.coordinators).filter(({ state }) => state === 'up')
  if (up.length < 2) return undefined
  const spared = pidsToSpare(installation, recorder)
  const effects = ({ pid }: Member) => recorder.running(pid).length
  const candidates = up
    .filter(({ upSince, pid }) => Date.now() - upSince > REST_MS && !spared.has(pid))
    .filter((member) => !isWorker || !mustWork || effects(member) > 0)
  // In the calm each kill is to tell as much as it can.
  if (phase === 'calm') return candidates.toSorted((one, other) => effects(other) - effects(one))[0]
  return candidates[Math.floor(pick * candidates.length)]
}

/** Processes that have a task in hand which was lost often enough. */
function pidsToSpare({ members }: Installation, recorder: Recorder): ReadonlySet<number> {
  const fruitless = recorder.running().filter(({ taskId }) => recorder.fruitless(taskId) >= MOST_FRUITLESS)
  const pids = members.map(({ pid }) => pid)
  // What runs alone ends with its worker, and nobody outside knows which that is.
  const isAnyAlone = fruitless.some(({ pid }) => !pids.includes(pid) && isAlive(pid))
  return new Set(isAnyAlone ? pids : fruitless.map(({ pid }) => pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
