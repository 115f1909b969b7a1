import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import type { EffectSeen } from '../recorder.ts'
import { stepsOf } from '../steps.ts'

/** Nothing is done without a record of it. */
export const attempts: Check = {
  name: 'attempts',
  promise: 'no effect without an attempt on record, and all attempts of a step carry one idempotency key',
  judge: ({ tasks }) => ({
    looked: `${tasks.reduce((sum, { effects }) => sum + effects.length, 0)} effects`,
    problems: tasks.flatMap((task) =>
      [...Map.groupBy(task.effects, ({ step }) => step)].flatMap(([step, effects]) =>
        problemsOf(task, step, effects).map((says) => ({ taskId: task.taskId, says: `${task.label} ${step} ${says}` })),
      ),
    ),
  }),
}

function problemsOf(task: TaskEvidence, step: string, effects: readonly EffectSeen[]): string[] {
  const planned = stepsOf(task.planned).find(({ key }) => key === step)
  if (!planned?.effect) return ['has an effect, and is no step of the plan']
  const problems: string[] = []

  const failed = effects.filter(({ hasFailed }) => hasFailed)
  const recorded = planned.effect === 'ask' ? askAttempts(task, step) : claims(task) + failed.length
  if (effects.length > recorded) problems.push(`was done ${effects.length} times, with ${recorded} attempts on record`)
  const activations = new Set(effects.map(({ activation }) => activation))
  if (activations.size + failed.length < effects.length) problems.push('was done twice in one activation')

  const keys = new Set(effects.flatMap(({ idempotencyKey }) => idempotencyKey ?? []))
  const wrong = [...keys].filter((key) => key !== `${task.origin}/${step}`)
  if (wrong.length > 0) problems.push(`was done under the key ${wrong.join(' and ')}`)
  return problems
}

/** A step that must not be repeated unasked is written down each time, but for the first call of the task itself. */
function askAttempts({ journal }: TaskEvidence, step: string): number {
  const intents = journal.filter(({ type, key }) => type === 'intent' && key === step).length
  return step === '!run' ? intents + 1 : intents
}

/** Any other step is attempted at most once by each who took the task, unless it failed. */
const claims = ({ events }: TaskEvidence): number => events.filter(({ type }) => type === 'claimed').length
