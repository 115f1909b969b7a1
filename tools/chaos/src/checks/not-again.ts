import type { Check } from '../check.ts'
import { claimsOfActivations } from '../claims.ts'
import type { TaskEvidence } from '../evidence.ts'
import { outcomesOf, receiptOf } from '../expected-result.ts'
import type { ProcessSeen } from '../member.ts'
import { stepsOf } from '../steps.ts'
import { effectsOf } from '../succession.ts'

/**
 * Whoever takes a task after a step of it was journaled knows what it came to. One who took it before and was frozen
 * may still act, and is no problem here.
 */
export const notAgain: Check = {
  name: 'not again',
  promise: 'a step that is journaled is never done again by who takes the task afterwards',
  judge: ({ tasks, processes }) => ({
    looked: `${tasks.reduce((sum, task) => sum + journaledSteps(task).length, 0)} journaled steps with an effect`,
    problems: tasks.flatMap((task) =>
      problemsOf(task, processes).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

const journaledSteps = ({ planned, journal }: TaskEvidence) => {
  const outcomes = outcomesOf(journal)
  return stepsOf(planned).flatMap(({ key, effect }) => {
    const outcome = outcomes.get(key)
    return effect && outcome?.type === 'value' ? [{ key, receipt: receiptOf(outcome) }] : []
  })
}

function problemsOf(task: TaskEvidence, processes: readonly ProcessSeen[]): string[] {
  const claims = claimsOfActivations(task, processes)
  return journaledSteps(task).flatMap(({ key, receipt }) => {
    const kept = effectsOf(task).find((effect) => effect.receipt === receipt)
    if (!kept) return [] // That the value has no effect behind it is another check's finding.
    const isBefore = kept.taskId !== task.taskId
    const last = claims.get(kept.activation)?.last ?? Number.POSITIVE_INFINITY
    const later = task.effects.filter(
      ({ step, activation }) => step === key && (isBefore || (claims.get(activation)?.first ?? 0) > last),
    )
    return later.map(
      (effect) =>
        `${key} was done again (receipt ${effect.receipt}) although its value was journaled (receipt ${receipt})`,
    )
  })
}
