import { resolve } from 'node:path'
import { BullWakeUps } from '@longhaul/queue'
import { CatalogReader, describeFull, tally, Watch, Workers, warningsAbout } from '@longhaul/store'
import { type LiveWorker, readSettings } from '@longhaul/task'
import { loadEnvFile } from '../env-file.ts'
import type { Where } from '../installation/find-installation.ts'
import { findStoreUrl } from '../installation/find-store.ts'
import { reachStore } from '../installation/reach-store.ts'
import { print } from '../printable.ts'
import { renderTable } from '../render-table.ts'
import { nameOwner } from '../tasks/name-owner.ts'

export interface StatusOptions extends Pick<Where, 'project'> {
  readonly json?: boolean
}

/** Owners that are named; the others are counted. */
const NAMED_OWNERS = 10

export type Status = Awaited<ReturnType<typeof readStatus>>

/** Prints how an installation stands as a whole. @throws Error that says why the store cannot be used, or which one is meant */
export async function printStatus({ project, json = false }: StatusOptions): Promise<void> {
  const dir = resolve(project)
  loadEnvFile(dir)
  const status = await readStatus(await findStoreUrl(dir, process.env))
  print(json ? JSON.stringify(status) : renderStatus(status))
}

async function readStatus(url: string) {
  const settings = readSettings(process.env)
  const connection = await reachStore(url, settings)
  const wakeUps = new BullWakeUps({ url, whenAway: 'fail' }, connection.lend())
  try {
    const watch = new Watch(connection)
    const [facts, workers, entries, tasks] = await Promise.all([
      connection.serverFacts(),
      new Workers(connection, watch, settings).live(),
      new CatalogReader(connection, watch).entries(),
      tally(connection, NAMED_OWNERS),
    ])
    const names = new Set(['default', ...workers.flatMap(({ queues }) => queues), ...entries.map(({ queue }) => queue)])
    const queues = await Promise.all(
      [...names].sort().map(async (name) => ({
        ...{ name, ...(await wakeUps.count(name)) },
        workers: workers.filter(({ queues }) => queues.includes(name)).length,
      })),
    )
    const neededReplicas = settings.durability === 'replica' ? settings.replicas : 0
    const full = describeFull(facts)
    const warnings = warningsAbout(facts, { isCluster: connection.isCluster, neededReplicas })
    return {
      store: facts.map(({ version, usedBytes, maxBytes }) => ({ version, usedBytes, maxBytes })),
      warnings: [...(full === undefined ? [] : [full]), ...warnings],
      workers: workers.length,
      running: sum(workers.map(({ running }) => running)),
      places: sum(workers.map(placesOf)),
      queues,
      tasks,
    }
  } finally {
    await wakeUps.close()
    await connection.close()
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const placesOf = ({ concurrency, queues }: LiveWorker): number => concurrency * queues.length

/** For people. */
export function renderStatus({ store, warnings, workers, running, places, queues, tasks }: Status): string {
  const { open, owners, most, dead } = tasks
  const rows = [
    ...store.map(({ version, usedBytes, maxBytes }) => [
      'store',
      `Redis ${version}, ${describeMemory(usedBytes, maxBytes)}`,
    ]),
    ...warnings.map((warning) => ['warning', warning]),
    ['workers', workers === 0 ? 'none' : `${workers}, with ${running} of ${places} places taken`],
    ...queues.map((queue) => [
      'queue',
      `${queue.name}: ${queue.waiting} wait, ${queue.active} in hand; ${queue.workers === 0 ? 'no worker serves it' : `served by ${queue.workers}`}`,
    ]),
    ['open', `${open} tasks; owners: ${owners}`],
    ...most.map((one) => [
      '',
      `${one.open} of ${one.owner ? nameOwner(one.owner) : 'somebody whose tasks are not listed'}`,
    ]),
    ['dead', dead === 0 ? 'none' : `${dead}: longhaul list --dead`],
  ]
  return renderTable(rows)
}

const MIB = 1024 * 1024

const describeMemory = (usedBytes: number, maxBytes: number): string =>
  `${Math.ceil(usedBytes / MIB)} MiB ${maxBytes > 0 ? `of ${Math.floor(maxBytes / MIB)} MiB` : 'in use, without a limit of its own'}`
