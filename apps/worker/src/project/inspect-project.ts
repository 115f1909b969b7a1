import { byPlace, type CatalogEntry, LonghaulError, type Pauses, type Problem } from '@longhaul/task'
import { loadDefinitions } from '../load-definitions.ts'
import type { WorkerOptions } from '../worker-options.ts'
import { lintTools } from './lint-tools.ts'

export interface InspectedProject {
  readonly entries: readonly CatalogEntry[]
  /** In the order of their files and lines. */
  readonly problems: readonly Problem[]
}

/**
 * Loads a project as a worker does, its servers included, and says what is wrong with it, and what could be better.
 * @throws Error when there is no such project
 */
export async function inspectProject(options: Omit<WorkerOptions, 'url'>): Promise<InspectedProject> {
  const { definitions, upstreams } = await loadDefinitions(options, NO_MODEL_IS_CALLED)
  try {
    const entries = definitions.catalog()
    const problems = [...definitions.problems, ...lintTools(options.dir, entries, definitions.files)]
    return { entries, problems: problems.toSorted(byPlace) }
  } finally {
    await upstreams.close()
  }
}

const unused = async (): Promise<never> => {
  throw new LonghaulError('store_unavailable', 'No model is called without a store.')
}
const NO_MODEL_IS_CALLED: Pauses = { remainingMs: unused, pause: unused }
