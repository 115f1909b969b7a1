import { isOutcome } from '@longhaul/task'
import type { TaskEvidence } from './evidence.ts'
import type { EffectSeen } from './recorder.ts'

/** The task whose journal this one began with; absent where it began with none. */
export const continued = ({ before, follows }: TaskEvidence): TaskEvidence | undefined =>
  follows?.isFromStart ? undefined : before

/** All effects that its journal may speak of: its own, and those of the tasks that it continues. */
export function effectsOf(task: TaskEvidence): readonly EffectSeen[] {
  const other = continued(task)
  return other ? [...effectsOf(other), ...task.effects] : task.effects
}

/** Those of a step since it last began from nothing: a retry does so with a step that had failed. */
export function effectsOfStep(task: TaskEvidence, step: string): readonly EffectSeen[] {
  const own = task.effects.filter((effect) => effect.step === step)
  const other = continued(task)
  if (!other || (hasFailure(other, step) && !hasFailure(task, step))) return own
  return [...effectsOfStep(other, step), ...own]
}

const hasFailure = ({ journal }: TaskEvidence, step: string): boolean =>
  journal.some(({ type, key }) => type === 'error' && key === step)

/** Whether the step was over when the task began. */
export const wasOver = (task: TaskEvidence, step: string): boolean =>
  continued(task)?.journal.some((entry) => isOutcome(entry) && entry.key === step) ?? false
