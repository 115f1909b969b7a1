import { resolve } from 'node:path'
import { formatProblem, readSettings } from '@longhaul/task'
import { checkProjectFolder, inspectProject, resolveApi } from '@longhaul/worker'
import { loadEnvFile } from '../env-file.ts'
import { createLog } from '../log.ts'
import { ownModules } from '../own-modules.ts'
import { VERSION } from '../version.ts'

export interface ValidateOptions {
  /** Warnings count as errors. */
  readonly strict?: boolean
  readonly json?: boolean
}

/** Prints what is wrong with a project, one problem a line, with file and line. @throws Error when there is no such folder */
export async function validate(project: string, { strict = false, json = false }: ValidateOptions): Promise<void> {
  const { entries, problems } = await inspect(project)
  for (const problem of problems) console.log(json ? JSON.stringify(problem) : formatProblem(problem))
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const names = entries.filter(({ as }) => as === undefined).map(({ name }) => name)
  if (!json) console.log(`${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}. ${describe(names)}`)
  // What a tool file has begun when it was loaded does not keep this process.
  process.exit(errors > 0 || (strict && problems.length > 0) ? 1 : 0)
}

/** The project as a worker would load it here. @throws Error when there is no such folder */
export async function inspect(project: string): ReturnType<typeof inspectProject> {
  const dir = resolve(project)
  checkProjectFolder(dir)
  loadEnvFile(dir)
  resolveApi(ownModules())
  const settings = readSettings(process.env)
  const log = createLog('longhaul', { logLevel: 'silent' })
  return inspectProject({ settings, dir, env: process.env, version: VERSION, log })
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

const describe = (names: readonly string[]): string =>
  names.length > 0 ? `It has ${names.join(', ')}.` : 'It has no tools: add tools/*.ts or agents/*.md.'
