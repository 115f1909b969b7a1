import { hasScope, mayAccess, type Owner, type Principal, type Scope, type Task } from '@longhaul/task'
import { type OpenQuestion, questionsForPeople } from './inspect.ts'
import type { EnginePorts } from './ports.ts'

/** A task that was submitted, and what it and those below it ask people. */
export interface Asking {
  readonly task: Task
  readonly questions: readonly OpenQuestion[]
}

/** Who answers has to see what is asked. */
const NEEDED: readonly Scope[] = ['tasks:read', 'tasks:answer']

/**
 * What people are asked whom `principal` may answer for: by own tasks, and by those of others where it has the scopes. Those
 * first that have not asked anything new for the longest time.
 * @throws LonghaulError `cursor_invalid`
 */
export async function listAsking(
  ports: EnginePorts,
  principal: Principal,
  cursor?: string,
): Promise<{ readonly asking: readonly Asking[]; readonly nextCursor?: string }> {
  const isForOthers = NEEDED.every((scope) => hasScope(principal, scope))
  const { tasks, nextCursor } = await ports.store.listAsking({
    ...(!isForOthers && { owner: principal.owner }),
    isVisible: (owner: Owner) => NEEDED.every((scope) => mayAccess(principal, owner, scope)),
    ...(cursor !== undefined && { cursor }),
    limit: ports.settings.listPageSize,
  })
  const asking = await Promise.all(
    tasks.map(async (task) => ({ task, questions: await questionsForPeople(ports, task) })),
  )
  const forPeople = asking.filter(({ questions }) => questions.length > 0)
  return { asking: forPeople, ...(nextCursor !== undefined && { nextCursor }) }
}
