import { isOutcome, type StepKind } from '@longhaul/task'
import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import { type Outcomes, outcomesOf, receiptOf } from '../expected-result.ts'
import {
  isCodeKey,
  isDoubtKey,
  isRetryKey,
  isRoomKey,
  isTurnKey,
  type PlannedStep,
  stepsOf,
  toStepKey,
} from '../steps.ts'
import { effectsOf } from '../succession.ts'
import { isDenied } from './approval.ts'
import { isOutOfBudget } from './budget.ts'

/** The journal is what happened. */
export const journal: Check = {
  name: 'journal',
  promise: 'each journal is complete and fits its program, and every value in it really came about',
  judge: ({ tasks }) => ({
    looked: `${tasks.reduce((sum, task) => sum + task.journal.length, 0)} records`,
    problems: tasks.flatMap((task) =>
      problemsOf(task).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

function problemsOf(task: TaskEvidence): string[] {
  const steps = stepsOf(task.planned)
  const outcomes = outcomesOf(task.journal)
  return [
    ...unknownRecords(task, steps),
    ...secondOutcomes(task),
    ...steps.flatMap((step) => problemsOfStep(task, step, outcomes)),
    ...(isDone(task) ? missing(steps, outcomes) : []),
  ]
}

const isDone = ({ status, outcome, follows }: TaskEvidence): boolean =>
  follows?.how !== 'undo' && status === 'completed' && outcome?.kind === 'result' && outcome.result.isError !== true

function unknownRecords({ journal }: TaskEvidence, steps: readonly PlannedStep[]): string[] {
  // The call itself is on record when it was begun a second time before it had taken any step.
  const kinds = new Map([['!run', 'run'], ...steps.map(({ key, kind }) => [key, kind] as const)])
  // An agent that has said its last words has another turn for what is said to it after that.
  const isMoreTurns = journal.some(({ type }) => type === 'steered')
  return journal.flatMap(({ key, kind, type }) => {
    if (isCodeKey(key) || type === 'paused' || type === 'steered') return []
    const ofStep = kinds.get(toStepKey(key)) ?? (isMoreTurns && isTurnKey(toStepKey(key)) ? 'model' : undefined)
    const wanted = isDoubtKey(key) ? 'question' : isRetryKey(key) ? 'retry' : isRoomKey(key) ? 'budget' : ofStep
    if (wanted === undefined || ofStep === undefined) return [`has a record of ${key}, which is no step of its program`]
    return wanted === kind ? [] : [`has a record (${type}) of ${key} as a ${kind}, which is a ${wanted}`]
  })
}

const TIMERS: ReadonlySet<StepKind> = new Set(['sleep', 'retry', 'budget'])

/** Only a timer may be found elapsed by two at once. */
function secondOutcomes({ journal }: TaskEvidence): string[] {
  const outcomes = journal.filter((entry) => isOutcome(entry) && !TIMERS.has(entry.kind))
  return [...Map.groupBy(outcomes, ({ key }) => key)].flatMap(([key, { length }]) =>
    length > 1 ? [`has ${length} outcomes of ${key}`] : [],
  )
}

function problemsOfStep(
  task: TaskEvidence,
  { key, effect, approval, isFatal }: PlannedStep,
  outcomes: Outcomes,
): string[] {
  const outcome = outcomes.get(key)
  const retries = task.journal.filter((entry) => isRetryKey(entry.key) && toStepKey(entry.key) === key).length
  const effects = effectsOf(task).filter(({ step }) => step === key)
  const failures = effects.filter(({ hasFailed }) => hasFailed).length
  if (retries > failures) return [`has ${retries} failed attempts of ${key} on record, of which ${failures} failed`]
  if (!outcome) return []
  if (outcome.type === 'error') {
    if (isFatal && failures > 0) return []
    const isRefused =
      isOutOfBudget(outcome) ||
      /decided not to do it again|^The task \S+ of '\w+' failed: worker_lost/.test(outcome.error.message)
    return isRefused ? [] : [`has ${key} failed: ${outcome.error.message}`]
  }
  if (!effect || isDenied(task, approval)) return []
  const receipt = receiptOf(outcome)
  const happened = effectsOf(task).find((one) => one.receipt === receipt)
  if (happened?.step !== key) return [`has the receipt ${receipt} for ${key}, which nobody gave for it`]
  if (happened.hasFailed) return [`has the value ${receipt} of ${key}, which had failed`]
  return happened.endedAt === undefined ? [`has a value of ${key}, which had not come to its end`] : []
}

/** Steps that a completed task has not taken, although nothing around them failed. */
function missing(steps: readonly PlannedStep[], outcomes: Outcomes): string[] {
  const hasFailed = (key: string) => outcomes.get(key)?.type === 'error'
  return steps
    .filter(({ key, within, isUndo }) => !isUndo && key !== '!run' && !outcomes.has(key) && !within.some(hasFailed))
    .map(({ key }) => `is completed without an outcome of ${key}`)
}
