import { isDeepStrictEqual } from 'node:util'
import { isOutcome, isTerminal } from '@longhaul/task'
import type { Check, Problem } from '../check.ts'
import { childrenOf } from '../children.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'
import { wasOver } from '../succession.ts'
import { isOutOfBudget } from './budget.ts'

/** What tasks call is done once, and they are told what it came to. */
export const children: Check = {
  name: 'children',
  promise: 'each call makes one child, which ends before or with its parent, and the parent is told what it came to',
  judge: (evidence) => {
    const byId = new Map(evidence.tasks.map((task) => [task.taskId, task]))
    const called = evidence.tasks.filter(({ calledBy }) => calledBy)
    return {
      looked: `${called.length} children`,
      problems: [
        ...evidence.strangers.map((taskId): Problem => ({ taskId, says: 'is a child that nobody called' })),
        ...evidence.tasks.flatMap((task) => missingOf(task, evidence)),
        ...called.flatMap((child) =>
          problemsOf(child, byId).map((says): Problem => ({ taskId: child.taskId, says: `${child.label} ${says}` })),
        ),
      ],
    }
  },
}

/** A call that has an outcome has had a child, unless there was no room for it, or it was over before the task began. */
function missingOf(task: TaskEvidence, { tasks }: Evidence): Problem[] {
  const { taskId, label, planned, journal } = task
  const answered = new Set(journal.filter((one) => isOutcome(one) && !isOutOfBudget(one)).map(({ key }) => key))
  return childrenOf(planned)
    .filter(({ step }) => answered.has(step) && !wasOver(task, step))
    .flatMap(({ step }) => {
      const made = tasks.filter(({ calledBy }) => calledBy?.taskId === taskId && calledBy.step === step)
      return made.length === 1
        ? []
        : [{ taskId, says: `${label} has an outcome of ${step}, and ${made.length} children` }]
    })
}

function problemsOf(child: TaskEvidence, byId: ReadonlyMap<string, TaskEvidence>): string[] {
  const { calledBy, status, outcome } = child
  const parent = byId.get(calledBy?.taskId ?? '')
  if (!parent) return ['has no parent']
  const told = parent.journal.filter(isOutcome).find(({ key }) => key === calledBy?.step)
  // Of a child that ended with its parent, or right before that did, nothing need be told.
  if (!told)
    return isTerminal(parent.status) && parent.status !== 'completed' ? [] : ['ended, and its parent was not told']
  if (status === 'cancelled') return ['was cancelled, and its parent went on']
  const isGood = outcome?.kind === 'result' && outcome.result.isError !== true
  if (isGood !== (told.type === 'value')) return [`is ${status}, and its parent has it as ${told.type}`]
  const isSame = told.type === 'error' || (isGood && isDeepStrictEqual(told.value, outcome.result))
  return isSame ? [] : ['came to something else than its parent was told']
}
