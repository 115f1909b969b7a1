import type { Check } from '../check.ts'
import { isElder } from '../elders.ts'
import type { TaskEvidence } from '../evidence.ts'
import { stepsOf } from '../steps.ts'
import { continued } from '../succession.ts'

/** Trying again is going on. */
export const retry: Check = {
  name: 'retry',
  promise:
    'a task that failed is retried once, and its retry does no step again that had ended, unless that was undone',
  judge: ({ tasks }) => {
    const retries = tasks.filter(({ follows, calledBy }) => follows?.how === 'retry' && !calledBy)
    const fromStart = retries.filter(({ follows }) => follows?.isFromStart)
    const kept = tasks.flatMap((task) => endedBefore(task))
    return {
      looked: `${retries.length} retries, ${fromStart.length} of them from the start, ${kept.length} steps that had ended`,
      problems: tasks.flatMap((task) =>
        problemsOf(task, tasks).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
      ),
    }
  },
}

/** Steps with an effect that had come to a value when the task began. */
function endedBefore(task: TaskEvidence): readonly string[] {
  const values = new Set(continued(task)?.journal.flatMap(({ type, key }) => (type === 'value' ? [key] : [])))
  return stepsOf(task.planned).flatMap(({ key, effect }) => (effect && values.has(key) ? [key] : []))
}

function problemsOf(task: TaskEvidence, tasks: readonly TaskEvidence[]): string[] {
  const again = endedBefore(task).filter((key) => task.effects.some(({ step }) => step === key))
  return [
    ...again.map((key) => `did ${key} again, which had ended in ${task.before?.taskId}`),
    ...(isWanted(task) ? problemsOfFirst(task, tasks) : []),
    ...(task.follows?.how === 'retry' ? problemsOfKeys(task) : []),
  ]
}

/** Whether its client wants it to be retried. */
const isWanted = ({ planned, calledBy, follows, outcome }: TaskEvidence): boolean =>
  !calledBy && !follows && !isElder(planned) && (outcome?.kind !== 'result' || outcome.result.isError === true)

function problemsOfFirst({ taskId }: TaskEvidence, tasks: readonly TaskEvidence[]): string[] {
  const { length } = tasks.filter(
    ({ follows, calledBy }) => follows?.how === 'retry' && !calledBy && follows.taskId === taskId,
  )
  return length === 1 ? [] : [`has failed, and has ${length} retries`]
}

/** Receivers take a step that is tried again for the same one, and one for another that is done anew since it was undone. */
function problemsOfKeys({ follows, before, origin }: TaskEvidence): string[] {
  const isSame = origin === before?.origin
  if (isSame !== follows?.isFromStart) return []
  return [isSame ? 'does anew what was undone, under the same keys' : 'goes on under other keys']
}
