import { setTimeout as delay } from 'node:timers/promises'
import type { Member } from './member.ts'
import type { PlannedFault } from './plan.ts'

/** Does to a process what a fault says. Resolves when it is up again, to its exit code where it was asked to end. */
export async function strike(
  { kind, forMs }: PlannedFault,
  victim: Member,
  signal: AbortSignal,
): Promise<number | null | undefined> {
  const lasts = () => delay(forMs, undefined, { signal })
  switch (kind) {
    case 'kill-worker':
    case 'kill-coordinator':
      await victim.end('SIGKILL')
      signal.throwIfAborted()
      await victim.start()
      return
    case 'drain-worker':
    case 'drain-coordinator': {
      const code = await victim.end('SIGTERM')
      signal.throwIfAborted()
      await victim.start()
      return code
    }
    case 'freeze-worker':
    case 'freeze-coordinator':
      victim.freeze()
      await lasts()
      victim.thaw()
      return
    case 'stall-worker':
    case 'delay-worker':
      victim.state = 'apart'
      victim.proxy.freeze()
      await lasts()
      victim.proxy.thaw()
      victim.setUp()
      return
    case 'cut-worker':
      victim.state = 'apart'
      await victim.proxy.cut()
      await lasts()
      await victim.proxy.restore()
      victim.setUp()
      return
    default:
      throw new Error(`${kind} hits no process.`)
  }
}
