import { resolve } from 'node:path'
import { SETTINGS } from '@longhaul/task'
import { isFromEnvFile, loadEnvFile } from '../env-file.ts'
import { renderTable } from '../render-table.ts'

export interface ConfigOptions {
  /** Only what is set. */
  readonly set?: boolean
  readonly json?: boolean
}

export interface ConfigRow {
  readonly name: string
  readonly value: string
  readonly from: 'default' | 'environment' | '.env'
  readonly description: string
  /** What it takes, where its value cannot be used; then `value` is what was given. */
  readonly fault?: string
}

/** Prints what every setting comes to in a project, and where that is from. Exits with 1 where one cannot be used. */
export function printConfig(project: string, { set = false, json = false }: ConfigOptions): void {
  loadEnvFile(resolve(project))
  const rows = readConfig(process.env).filter(({ from }) => !set || from !== 'default')
  const faults = rows.filter(({ fault }) => fault !== undefined)
  if (json) for (const row of rows) console.log(JSON.stringify(row))
  else {
    const cells = rows.map(({ name, value, from, description }) => [name, value, from, description])
    console.log(renderTable([['NAME', 'VALUE', 'FROM', 'WHAT IT IS'], ...cells]))
  }
  for (const { name, value, fault } of faults)
    console.error(`longhaul: ${name}=${value} cannot be used: it takes ${fault}`)
  process.exitCode = faults.length > 0 ? 1 : 0
}

/** What is read from the environment and is no setting with a default. */
const OTHERS: Readonly<Record<string, string>> = {
  REDIS_URL: 'The store; without it one is brought along.',
  LONGHAUL_URL: 'The installation that commands about tasks, and stdio, use.',
  LONGHAUL_API_KEY: 'Who you are there.',
  LONGHAUL_MODEL: 'The model of agents that name none, as provider/model.',
  LONGHAUL_MODEL_WITHOUT_KEY: 'The same where no key of a provider is set, instead of the model of whoever calls.',
  ANTHROPIC_API_KEY: 'Key of Anthropic.',
  OPENAI_API_KEY: 'Key of OpenAI.',
  GOOGLE_GENERATIVE_AI_API_KEY: 'Key of Google.',
}

export function readConfig(env: NodeJS.ProcessEnv): readonly ConfigRow[] {
  const source = (name: string) => (isFromEnvFile(name) ? '.env' : 'environment')
  const settings = Object.values(SETTINGS).map(
    ({ env: name, default: fallback, description, takes, parse }): ConfigRow => {
      const given = env[name]
      if (given === undefined || given === '') return { name, value: `${fallback}`, from: 'default', description }
      const parsed = parse(given)
      const value = hide(name, `${parsed ?? given}`)
      return { name, value, from: source(name), description, ...(parsed === undefined && { fault: takes }) }
    },
  )
  const others = Object.entries(OTHERS).map(([name, description]): ConfigRow => {
    const given = env[name]
    if (given === undefined || given === '') return { name, value: '', from: 'default', description }
    return { name, value: hide(name, given), from: source(name), description }
  })
  return [...settings, ...others]
}

/** What a secret is, without the secret. */
function hide(name: string, value: string): string {
  if (name === 'LONGHAUL_API_KEYS') return value.replaceAll(/=[^,\s]+/g, '=…')
  if (name.endsWith('_API_KEY')) return '(set)'
  return value.replace(/(:\/\/[^:/@]*):[^/]*@/, '$1:…@')
}
