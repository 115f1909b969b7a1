import { readFileSync } from 'node:fs'

/** A process, told apart from a later one with the same number where the system lets us. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the system's own unit. Only where there is /proc. */
  readonly started?: string
}

export const identify = (pid: number): ProcessIdentity => ({ pid, started: readStat(pid)?.started })

export function isAlive({ pid, started }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const stat = readStat(pid)
  if (stat === undefined) return true
  return stat.state !== 'Z' && (started === undefined || started === stat.started)
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)). The second field is a name that may hold spaces and parentheses. */
function readStat(pid: number): { readonly state?: string; readonly started?: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], started: fields[19] }
  } catch {
    return undefined
  }
}
