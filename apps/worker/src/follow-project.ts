import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatProblem, type Problem } from '@longhaul/task'
import type { Logger } from 'pino'
import type { Definitions } from './definitions.ts'
import { logProblems } from './log-problems.ts'
import { isOfProject } from './project/project-folder.ts'
import type { ProjectWatch } from './project/project-watch.ts'
import { toResourceUris } from './project/resource-files.ts'
import { repeat } from './repeat.ts'

/** Soon for a person who has just saved a file. */
const LOOK_MS = 200

export interface FollowOptions {
  readonly watch: ProjectWatch
  readonly definitions: Definitions
  /** Loads the project again. */
  readonly reload: () => Promise<void>
  readonly onReloaded: (change: Reloaded) => Promise<void>
  /** Told of code that has changed: a process runs it as it loaded it first. */
  readonly onOutdated: (files: readonly string[]) => void
  readonly log: Logger
}

export interface Reloaded {
  /** Names in the catalog that are not defined any more. */
  readonly gone: readonly string[]
  /** Resources whose files have changed. */
  readonly updated: readonly string[]
}

/** Loads the project again whenever it has changed, until it is stopped. */
export function followProject(options: FollowOptions): { stop(): Promise<void> } {
  const { watch, definitions, reload, onReloaded, onOutdated, log } = options
  const namesOf = () => definitions.catalog().map(({ name }) => name)
  const follow = async () => {
    const changed = watch.look()
    if (changed.length === 0) return
    const code = changed.filter((path) => watch.isCode(path))
    const before = { names: namesOf(), problems: new Set(definitions.problems.map(formatProblem)) }
    await reload()
    const isNews = (problem: Problem) => changed.includes(problem.file) || !before.problems.has(formatProblem(problem))
    logProblems(log, definitions.problems.filter(isNews))
    log.info({ changed, tools: definitions.names }, 'the project has changed and was loaded again')
    const names = new Set(namesOf())
    await onReloaded({ gone: before.names.filter((name) => !names.has(name)), updated: toResourceUris(changed) })
    // What is not there any more defines nothing; what others import has to be.
    const isInUse = (path: string) => !isOfProject(path) || existsSync(join(watch.dir, path))
    const outdated = code.filter(isInUse)
    if (outdated.length > 0) onOutdated(outdated)
  }
  return repeat(LOOK_MS, follow, (error) => log.error({ err: error }, 'the project could not be loaded again'))
}
