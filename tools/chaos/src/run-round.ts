import { findKeyLeaks } from '@longhaul/testbed'
import type { Client } from './client.ts'
import type { Evidence, Submission, TaskEvidence } from './evidence.ts'
import { type OnFault, runShortLived, runStorm } from './phases.ts'
import { StoreReader } from './store-reader.ts'
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
  const { client, faults } = await runStorm(world, onFault)
  const keyProblems = await untilNone(() => findKeyLeaks(installation.store.url), signal)
  world.exits.push(...(await installation.end()))
  const reader = new StoreReader(installation.store.url)
  try {
    const tasks = await collectTasks(world, client, reader)
    const shortLived = await runShortLived(world, client, reader)
    if (plan.shortLived.length > 0) world.exits.push(...(await installation.end()))
    return {
      size: plan.size,
      tasks,
      submissions: plan.tasks.map(({ label }) => submissionOf(client, label)),
      faults,
      processes: installation.processes,
      refusedWrites: world.refusedWrites,
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

/** What is known of each task, together. */
async function collectTasks({ plan, recorder }: World, client: Client, reader: StoreReader): Promise<TaskEvidence[]> {
  const plannedBy = new Map(plan.tasks.map((planned) => [planned.label, planned]))
  const byTask = <T extends { readonly taskId: string }>(all: readonly T[]) => Map.groupBy(all, ({ taskId }) => taskId)
  const answers = byTask(client.answers)
  const activations = byTask(recorder.activations)
  const effects = byTask(recorder.effects)
  return (await reader.read([...client.tasks.keys()])).map((stored) => {
    const planned = plannedBy.get(stored.label)
    const seen = client.tasks.get(stored.taskId)
    if (!planned || !seen) throw new Error(`The task ${stored.taskId} (${stored.label}) is none of the plan.`)
    const { taskId } = stored
    return {
      ...stored,
      planned,
      seen,
      answers: answers.get(taskId) ?? [],
      activations: activations.get(taskId) ?? [],
      effects: effects.get(taskId) ?? [],
    }
  })
}
