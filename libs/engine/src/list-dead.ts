import type { DeadTask, Principal } from '@longhaul/task'
import type { EnginePorts } from './ports.ts'

/** Tasks on one list. */
const MOST = 1000

/** Tasks that failed because their workers died with them, newest first: the principal's own, or all with `tasks:admin` and no tenant. */
export function listDead({ store }: EnginePorts, { owner, scopes }: Principal): Promise<readonly DeadTask[]> {
  return scopes.includes('tasks:admin') && !owner.tenant ? store.listDead(MOST) : store.listDead(MOST, owner)
}
