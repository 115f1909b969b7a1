import { ACCESS } from './settings/access.ts'
import { AUTHORIZATION } from './settings/authorization.ts'
import { BUDGETS } from './settings/budgets.ts'
import { CLIENTS } from './settings/clients.ts'
import { DURABILITY } from './settings/durability.ts'
import { EXPOSED } from './settings/exposed.ts'
import { MODELS } from './settings/models.ts'
import { PEOPLE } from './settings/people.ts'
import { PROCESSES } from './settings/processes.ts'
import { RECOVERY } from './settings/recovery.ts'
import { STDIO } from './settings/stdio.ts'
import { STEPS } from './settings/steps.ts'
import { TASKS } from './settings/tasks.ts'
import { TREES } from './settings/trees.ts'
import { UPSTREAMS } from './settings/upstreams.ts'
import { WORKERS } from './settings/workers.ts'
import { WORKFLOWS } from './settings/workflows.ts'

/**
 * Every limit and interval, under what it is about. Durations are milliseconds, sizes are bytes.
 * docs/settings.md is this for readers; a test keeps the two equal.
 */
export const SUBJECTS = {
  'Address and access': ACCESS,
  OAuth: AUTHORIZATION,
  Clients: CLIENTS,
  'Clients over stdio': STDIO,
  Tasks: TASKS,
  'Steps and journals': STEPS,
  'Tasks that call tasks': TREES,
  Workflows: WORKFLOWS,
  'Questions, approvals and messages': PEOPLE,
  Models: MODELS,
  Budgets: BUDGETS,
  'Other MCP servers': UPSTREAMS,
  'Prompts and resources': EXPOSED,
  Workers: WORKERS,
  Recovery: RECOVERY,
  Durability: DURABILITY,
  'Stopping and logs': PROCESSES,
}

/** All of them, by name. */
export const SETTINGS = {
  ...ACCESS,
  ...AUTHORIZATION,
  ...CLIENTS,
  ...STDIO,
  ...TASKS,
  ...STEPS,
  ...TREES,
  ...WORKFLOWS,
  ...PEOPLE,
  ...MODELS,
  ...BUDGETS,
  ...UPSTREAMS,
  ...EXPOSED,
  ...WORKERS,
  ...RECOVERY,
  ...DURABILITY,
  ...PROCESSES,
}

export type Settings = { readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name]['default'] }

/** @throws Error that names every variable with a wrong value and says what it takes. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const wrong: string[] = []
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const given = env[setting.env]
    if (given === undefined || given === '') return [name, setting.default]
    const parsed = setting.parse(given)
    if (parsed === undefined) wrong.push(`${setting.env}=${given}: ${setting.takes}`)
    return [name, parsed]
  })
  if (wrong.length > 0) throw new Error(`These settings cannot be used:\n  ${wrong.join('\n  ')}`)
  return Object.fromEntries(entries)
}
