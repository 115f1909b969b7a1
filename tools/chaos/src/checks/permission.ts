import type { Intent, JournalEntry } from '@longhaul/task'
import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import { isDoubtKey, isRetryKey, stepsOf, toStepKey } from '../steps.ts'
import { effectsOfStep } from '../succession.ts'

/** What must not happen twice unasked does not. */
export const permission: Check = {
  name: 'permission',
  promise: 'a step that is to be asked about is not done again without an answer that allows it',
  judge: ({ tasks }) => {
    const asked = tasks.flatMap((task) =>
      stepsOf(task.planned).flatMap(({ key, effect }) => (effect === 'ask' ? [{ task, key }] : [])),
    )
    return {
      looked: `${asked.length} steps, ${tasks.reduce((sum, task) => sum + doubtsOf(task).length, 0)} answers`,
      problems: asked.flatMap(({ task, key }) =>
        problemsOf(task, key).map((says) => ({ taskId: task.taskId, says: `${task.label} ${key} ${says}` })),
      ),
    }
  },
}

function problemsOf(task: TaskEvidence, step: string): string[] {
  const isAllowed = (doubt: Doubt) => doubt.isAllowed && toStepKey(doubt.key) === step
  // What failed, or was not begun after all, needs no answer.
  const isNoDoubt = ({ type, key }: JournalEntry) =>
    (type === 'aborted' && key === step) || (isRetryKey(key) && toStepKey(key) === step)
  const allowed = doubtsOf(task).filter(isAllowed).length + task.journal.filter(isNoDoubt).length
  const problems: string[] = []
  const { length: times } = effectsOfStep(task, step)
  if (times > 1 + allowed) problems.push(`was done ${times} times, and was allowed to be done again ${allowed} times`)

  const intents = task.journal.flatMap((entry) =>
    entry.type === 'intent' && entry.key === step && !isClaim(entry) ? entry.attempt : [],
  )
  const first = step === '!run' ? 2 : 1
  if (intents.some((attempt, place) => attempt !== first + place)) {
    problems.push(`was attempted as number ${intents.join(', ')}`)
  }
  if (intents.length + first - 1 > 1 + allowed) {
    problems.push(`was attempted ${intents.length} times, and was allowed to be attempted again ${allowed} times`)
  }
  return problems
}

/** The first call of a task has a claim for an intent; where the store may have forgotten that, it is supposed. */
const isClaim = ({ key, attempt, supposed }: Intent): boolean =>
  key === '!run' && attempt === 1 && supposed !== undefined

interface Doubt {
  readonly key: string
  readonly isAllowed: boolean
}

/** Answers in the journal to the question whether an attempt should be made again. */
function doubtsOf({ journal }: TaskEvidence): readonly Doubt[] {
  return journal.flatMap((entry) => {
    if (entry.type !== 'value' || entry.kind !== 'question' || !isDoubtKey(entry.key)) return []
    const { action, content } = entry.value as { readonly action: string; readonly content?: { decision?: string } }
    return [{ key: entry.key, isAllowed: action === 'accept' && content?.decision === 'repeat' }]
  })
}
