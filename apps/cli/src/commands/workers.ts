import { resolve } from 'node:path'
import { Watch, Workers } from '@longhaul/store'
import { type LiveWorker, readSettings } from '@longhaul/task'
import { loadEnvFile } from '../env-file.ts'
import type { Where } from '../installation/find-installation.ts'
import { findStoreUrl } from '../installation/find-store.ts'
import { reachStore } from '../installation/reach-store.ts'
import { renderTable } from '../render-table.ts'

/** Prints the workers that live. @throws Error that says why the store cannot be used, or which one is meant */
export async function printWorkers({ project }: Pick<Where, 'project'>): Promise<void> {
  const dir = resolve(project)
  loadEnvFile(dir)
  const settings = readSettings(process.env)
  const connection = await reachStore(await findStoreUrl(dir, process.env), settings)
  try {
    const workers = await new Workers(connection, new Watch(connection), settings).live()
    console.log(renderWorkers(workers, Date.now()))
  } finally {
    await connection.close()
  }
}

const HEAD = ['ID', 'HOST', 'PID', 'VERSION', 'QUEUES', 'RUNNING', 'TOOLS', 'UP', 'LAST BEAT']

/** One line for each; `now` in Unix ms. */
export function renderWorkers(workers: readonly LiveWorker[], now: number): string {
  if (workers.length === 0) return 'No worker is running.'
  const rows = workers.map(({ id, host, pid, version, queues, concurrency, running, tools, startedAt, beatAt }) => [
    id,
    host,
    String(pid),
    version,
    queues.join(','),
    `${running}/${concurrency * queues.length}`,
    String(tools.length),
    describeMs(now - startedAt),
    `${describeMs(now - beatAt)} ago`,
  ])
  return renderTable([HEAD, ...rows])
}

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const

/** In its largest unit; clocks may differ, so that it may be less than nothing. */
function describeMs(ms: number): string {
  const { name, ms: unitMs } = UNITS.find((unit) => ms >= unit.ms) ?? UNITS[3]
  return `${Math.max(0, Math.floor(ms / unitMs))}${name}`
}
