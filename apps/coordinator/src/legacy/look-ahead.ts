import type { RpcRequest } from '@longhaul/protocol'
import type { FinishedTask, Principal, Task } from '@longhaul/task'
import type { Deps } from '../deps.ts'

/**
 * The look at a task with which a method begins. It can be had together with the session of the request, in one round
 * trip: who may see a task follows from the key of the request, not from its session. Whoever does not want it any more
 * may leave it alone.
 */
export function lookAhead(
  { engine }: Pick<Deps, 'engine'>,
  { method, params }: RpcRequest,
  principal: Principal,
): Promise<Task | FinishedTask> | undefined {
  const look = LOOKS.get(method)
  const taskId = params?.taskId
  if (!look || typeof taskId !== 'string') return undefined
  const looked: Promise<Task | FinishedTask> = engine[look](principal, taskId)
  looked.catch(() => {})
  return looked
}

const LOOKS: ReadonlyMap<string, 'inspect' | 'inspectOutcome'> = new Map([
  ['tasks/get', 'inspect'],
  ['tasks/result', 'inspectOutcome'],
])
