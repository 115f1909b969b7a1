import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Worst first. */
export const STATUSES = ['FAILURE', 'WARNING', 'SKIPPED', 'INFO', 'SUCCESS'] as const
export type Status = (typeof STATUSES)[number]

/** What came of a check; `message` says why where it went wrong. */
export interface Outcome {
  readonly status: Status
  readonly message?: string
}
/** By scenario and check, as `scenario/check`. */
export type Outcomes = ReadonlyMap<string, Outcome>

interface Check {
  readonly id: string
  readonly status: Status
  readonly errorMessage?: string
}

/** What a suite wrote to `folder`: a folder for each scenario, called `server-SCENARIO-TIME`. Of a check that comes twice the worst counts. */
export function readOutcomes(folder: string): Outcomes {
  const outcomes = new Map<string, Outcome>()
  for (const file of globSync('server-*/checks.json', { cwd: folder })) {
    const scenario = file.replace(/^server-/, '').replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z.*$/, '')
    for (const { id, status, errorMessage } of JSON.parse(readFileSync(join(folder, file), 'utf8')) as Check[]) {
      const key = `${scenario}/${id}`
      const before = outcomes.get(key)
      if (before && STATUSES.indexOf(before.status) <= STATUSES.indexOf(status)) continue
      outcomes.set(key, { status, ...(errorMessage && { message: errorMessage }) })
    }
  }
  return outcomes
}

/** The checks to reach, and the status of each. */
export function readTarget(file: string): ReadonlyMap<string, Status> {
  const url = new URL(`../targets/${file}`, import.meta.url)
  const scenarios = JSON.parse(readFileSync(url, 'utf8')) as Record<string, Record<string, Status>>
  return new Map(
    Object.entries(scenarios).flatMap(([scenario, checks]) =>
      Object.entries(checks).map(([id, status]) => [`${scenario}/${id}`, status] as const),
    ),
  )
}
