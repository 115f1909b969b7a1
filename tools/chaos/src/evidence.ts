import type { AnswerSeen } from './answers.ts'
import type { TaskSeen } from './client.ts'
import type { PauseSeen, SteerSeen } from './interventions.ts'
import type { ProcessSeen } from './member.ts'
import type { PlannedTask, Size } from './plan.ts'
import type { ActivationSeen, EffectSeen } from './recorder.ts'
import type { StoredTask } from './store-reader.ts'
import type { FaultSeen } from './storm.ts'

/** All that is known of one task, from its client, the recorder and the store. */
export interface TaskEvidence extends StoredTask {
  readonly planned: PlannedTask
  /** What its client was told; of a task that another one called nothing. */
  readonly seen: TaskSeen
  /** Where another task called it. */
  readonly calledBy?: { readonly taskId: string; readonly step: string; readonly root: string }
  /** The task that it came after. */
  readonly before?: TaskEvidence
  readonly answers: readonly AnswerSeen[]
  readonly activations: readonly ActivationSeen[]
  readonly effects: readonly EffectSeen[]
}

/** What a client was told of a planned task, each time that it submitted it. */
export interface Submission {
  readonly label: string
  readonly taskIds: readonly string[]
}

/** `code` is null where a signal was the end. */
export interface ExitSeen {
  readonly name: string
  readonly code: number | null
}

/** All that a run has left to be judged by. */
export interface Evidence {
  readonly size: Size
  readonly tasks: readonly TaskEvidence[]
  readonly submissions: readonly Submission[]
  readonly faults: readonly FaultSeen[]
  readonly processes: readonly ProcessSeen[]
  readonly pauses: readonly PauseSeen[]
  readonly steers: readonly SteerSeen[]
  /** Tasks in the store that no task of the plan calls. */
  readonly strangers: readonly string[]
  /** Writes that came too late and were refused, as far as heartbeats told. */
  readonly refusedWrites: number
  /** How often it was taken that the store had lost something, which it never does here. */
  readonly losses: number
  /** What is wrong with the keys of the store, after all tasks have ended. */
  readonly keyProblems: readonly string[]
  /** How each process ended that was asked to. */
  readonly exits: readonly ExitSeen[]
  /** Tasks that were kept for a moment only, and the keys that are left of them. */
  readonly shortLived: { readonly tasks: number; readonly remains: readonly string[] }
  /** What a coordinator said that none should say. */
  readonly clientProblems: readonly string[]
}

/** Whether it is the task of this id, or below it. */
export function isInTreeOf(task: TaskEvidence, taskId: string, evidence: Evidence): boolean {
  for (let one: TaskEvidence | undefined = task; one; one = parentIn(one, evidence))
    if (one.taskId === taskId) return true
  return false
}

const parentIn = ({ calledBy }: TaskEvidence, { tasks }: Evidence): TaskEvidence | undefined =>
  tasks.find(({ taskId }) => taskId === calledBy?.taskId)

/** Time that a claim is good for, by default. */
export const LEASE_MS = 5000
