import { isDeepStrictEqual } from 'node:util'
import { isOutcome } from '@longhaul/task'
import { splitRelayed } from '../answers.ts'
import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import { isBudgetKey } from '../steps.ts'
import { wasOver } from '../succession.ts'

/** No question is forgotten. */
export const questions: Check = {
  name: 'questions',
  promise: 'each question is answered once, as its client said, or closed with its task',
  judge: ({ tasks }) => ({
    looked: `${tasks.reduce((sum, task) => sum + askedIn(task).length, 0)} questions`,
    problems: tasks.flatMap((task) =>
      problemsOf(task).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

/** Of tasks below, which it only shows, each is judged where it is asked; whether a budget is raised is on record there. */
const askedIn = ({ events, taskId }: TaskEvidence): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'asked'
      ? event.keys.filter((key) => splitRelayed(taskId, key).taskId === taskId && !isBudgetKey(key))
      : [],
  )

function problemsOf(task: TaskEvidence): string[] {
  const { journal, answers, openWaits, status } = task
  const problems = openWaits.map((key) => `has ended, and ${key} is still open`)
  const asked = askedIn(task)
  for (const [key, { length }] of Map.groupBy(asked, (one) => one)) {
    if (length > 1) problems.push(`asked ${key} ${length} times`)
    const outcome = journal.filter(isOutcome).find((entry) => entry.key === key)
    // One that is open when its task is cancelled is closed with it.
    if (!outcome && status === 'completed') problems.push(`is completed, and ${key} was never answered`)
    if (outcome?.type === 'error') problems.push(`has ${key} answered by an error: ${outcome.error.message}`)
    if (outcome?.type !== 'value') continue
    const isTheirs = answers.some((one) => one.key === key && isSame(one.answer, outcome.value))
    if (!isTheirs) problems.push(`has an answer to ${key} that its client did not give`)
  }
  const resolved = journal.filter(({ type, kind }) => type === 'value' && kind === 'question').map(({ key }) => key)
  for (const key of resolved)
    if (!asked.includes(key) && !wasOver(task, key)) problems.push(`has an answer to ${key}, which was not asked`)
  return problems
}

/** The ids of a model's tool calls are made unique on the way. */
const isSame = (said: object, kept: unknown): boolean => isDeepStrictEqual(withoutIds(said), withoutIds(kept))

const withoutIds = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (name, member: unknown) => (name === 'id' ? undefined : member)))
