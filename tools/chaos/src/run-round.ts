import { findKeyLeaks } from '@longhaul/testbed'
import type { AnswerSeen } from './answers.ts'
import { isUndoKey } from './bookings.ts'
import { allBelow, type ChildId } from './children.ts'
import type { Client } from './client.ts'
import type { Evidence, Submission, TaskEvidence } from './evidence.ts'
import { type OnFault, runShortLived, runStorm } from './phases.ts'
import type { TurnSeen } from './provider.ts'
import { type StoredTask, StoreReader } from './store-reader.ts'
import { untilNone } from './until-none.ts'
import { World, type WorldOptions } from './world.ts'

/** Starts an installation, runs the plan against it, and collects what there is to judge. Leaves nothing behind. */
export async function runRound({
  onFault,
  ...options
}: WorldOptions & { readonly onFault: OnFault }): Promise<Evidence> {
  const world = new World(options)
  try {
    await world.open()
    return await play(world, onFault)
  } finally {
    await world.close()
  }
}

async function play(world: World, onFault: OnFault): Promise<Evidence> {
  const { installation, plan, signal } = world
  const { client, interventions, faults } = await runStorm(world, onFault)
  const keyProblems = await untilNone(() => findKeyLeaks(installation.store.url), signal)
  world.exits.push(...(await installation.end()))
  const reader = new StoreReader(installation.store.url)
  try {
    const { tasks, strangers } = await collectTasks(world, client, reader)
    const shortLived = await runShortLived(world, client, reader)
    if (plan.shortLived.length > 0) world.exits.push(...(await installation.end()))
    return {
      size: plan.size,
      tasks,
      submissions: plan.tasks.map(({ label }) => submissionOf(client, label)),
      faults,
      pauses: interventions.pauses,
      steers: interventions.steers,
      processes: installation.processes,
      strangers,
      refusedWrites: world.refusedWrites,
      losses: await reader.losses(),
      keyProblems,
      exits: world.exits,
      shortLived,
      clientProblems: world.clientProblems,
    }
  } finally {
    await reader.close()
  }
}

const submissionOf = ({ submissions }: Client, label: string): Submission =>
  submissions.find((one) => one.label === label) ?? { label, taskIds: [] }

/** What is known of each task, together, and which there should not be. */
async function collectTasks(
  { plan, recorder }: World,
  client: Client,
  reader: StoreReader,
): Promise<{ readonly tasks: readonly TaskEvidence[]; readonly strangers: readonly string[] }> {
  const plannedBy = new Map(plan.tasks.map((planned) => [planned.label, planned]))
  const byTask = <T extends { readonly taskId: string }>(all: readonly T[]) => Map.groupBy(all, ({ taskId }) => taskId)
  const answers = byTask(client.answers)
  const activations = byTask(recorder.activations)
  const effects = byTask(recorder.effects)
  const turns = Map.groupBy(recorder.turns, ({ label }) => label)
  const roots = await reader.read([...client.tasks.keys()])
  const possible = new Map<string, ChildId>()
  for (const { taskId, label, follows } of roots) {
    const planned = plannedBy.get(label)
    const children = planned ? allBelow(taskId, planned) : []
    const called = follows?.how === 'undo' ? children.filter(({ step }) => isUndoKey(step)) : children
    for (const child of called) possible.set(child.taskId, child)
  }
  const below = (await Promise.all(roots.map(({ taskId }) => reader.below(taskId)))).flat()
  const called = await reader.read(below.filter((taskId) => possible.has(taskId)))
  const all = new Map([...roots, ...called].map((stored) => [stored.taskId, stored]))
  const toEvidence = (stored: StoredTask): TaskEvidence => {
    const { taskId, label, follows } = stored
    const before = all.get(follows?.taskId ?? '')
    const child = possible.get(taskId)
    const planned = child?.planned ?? plannedBy.get(label)
    const seen = child ? { taskId, person: child.planned.person, statuses: [] } : client.tasks.get(taskId)
    if (!planned || !seen) throw new Error(`The task ${taskId} (${label}) is none of the plan.`)
    return {
      ...stored,
      planned,
      seen,
      ...(before && { before: toEvidence(before) }),
      ...(child && { calledBy: { taskId: child.parent, step: child.step, root: child.root } }),
      answers: [...(answers.get(taskId) ?? []), ...(child ? [] : toAnswers(taskId, turns.get(label) ?? []))],
      activations: activations.get(taskId) ?? [],
      effects: effects.get(taskId) ?? [],
    }
  }
  return { tasks: [...all.values()].map(toEvidence), strangers: below.filter((taskId) => !possible.has(taskId)) }
}

/** Turns of a model that workers call; which of several tasks of a label they were for, nobody outside knows. */
const toAnswers = (taskId: string, turns: readonly TurnSeen[]): readonly AnswerSeen[] =>
  turns.map(({ turn, at, answer }) => ({ taskId, key: `m${turn}`, at, answer }))
