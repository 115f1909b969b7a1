import { setTimeout as delay } from 'node:timers/promises'
import { allBelow } from './children.ts'
import type { Client } from './client.ts'
import { Interventions } from './interventions.ts'
import { Load } from './load.ts'
import type { PlannedTask } from './plan.ts'
import type { StoreReader } from './store-reader.ts'
import { type FaultSeen, Storm } from './storm.ts'
import { untilNone } from './until-none.ts'
import type { World } from './world.ts'

export type OnFault = (fault: FaultSeen, soFar: { readonly faults: number; readonly endedTasks: number }) => void

/** Longer than any run. */
const KEPT_MS = 24 * 3600_000
/** Time between two looks whether more tasks may be begun. */
const PACE_MS = 250
/** How long a task of the second phase is kept. */
const SHORT_LIVED_MS = 1500

/** Who had tasks in the first phase, and what happened to these. */
export interface StormSeen {
  readonly client: Client
  readonly interventions: Interventions
  readonly faults: readonly FaultSeen[]
}

/** First phase: the tasks and the faults of the plan, together. Resolves when all has ended, or will not. */
export async function runStorm(world: World, onFault: OnFault): Promise<StormSeen> {
  const { plan, installation, recorder, signal } = world
  const { tasks, faults, size } = plan
  const client = world.openClient(KEPT_MS)
  const inBackground = (work: Promise<void>) => world.inBackground(work)
  const interventions = new Interventions({ plan, client, recorder, inBackground, signal })
  const storm: Storm = new Storm({
    installation,
    recorder,
    faults,
    onFault: (fault) => onFault(fault, { faults: storm.begun, endedTasks: load.ended }),
    onDrained: (name, code) => world.exits.push({ name, code }),
    untilReady: () => world.elders.untilAllWait(),
    onChanged: () => world.elders.letGoOn(),
    signal,
  })
  // Some at the start, the others along with the faults, so that each finds something to hit.
  const first = Math.min(size.window / 2, tasks.length)
  const budget = () => first + storm.progress * (tasks.length - first)
  const begin = (planned: PlannedTask) => interventions.run(planned)
  const load = new Load({ begin, tasks, window: size.window, budget })
  const pace = setInterval(() => load.lookAgain(), PACE_MS)
  try {
    const loaded = load.run().then(() => client.idle())
    loaded.catch(() => {}) // What fails is on record, and the rest is judged all the same.
    await storm.run()
    await Promise.race([loaded.catch(() => {}), delay(size.drainMs, undefined, { signal, ref: false })])
    await client.look()
  } finally {
    clearInterval(pace)
  }
  return { client, interventions, faults: storm.seen }
}

/**
 * Second phase: a few tasks that are kept for a moment only, by processes that were started anew. Resolves to how many
 * there were, and the keys that are left of them.
 */
export async function runShortLived(
  world: World,
  first: Client,
  reader: StoreReader,
): Promise<{ readonly tasks: number; readonly remains: readonly string[] }> {
  const { installation, plan, signal } = world
  const { size } = plan
  if (plan.shortLived.length === 0) return { tasks: 0, remains: [] }
  // The people of the first phase go on looking at all tasks.
  const before = new Set(first.tasks.keys())
  await installation.startAgain({ LONGHAUL_RESULT_RETENTION_MS: String(SHORT_LIVED_MS) })
  const client = world.openClient(SHORT_LIVED_MS)
  await Promise.race([
    Promise.all(plan.shortLived.map((planned) => client.run(planned))),
    delay(size.drainMs, undefined, { signal, ref: false }),
  ])
  const roots = new Set(client.tasks.keys()).difference(before)
  const plannedBy = new Map(plan.shortLived.map((planned) => [planned.label, planned]))
  const below = client.submissions.flatMap(({ label, taskIds }) => {
    const planned = plannedBy.get(label)
    return planned ? taskIds.flatMap((taskId) => allBelow(taskId, planned).map((child) => child.taskId)) : []
  })
  const taskIds = new Set([...roots, ...below])
  return { tasks: roots.size, remains: await untilNone(() => reader.keysOf(taskIds), signal) }
}
