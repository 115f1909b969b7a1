import { connectUpstreams } from '@longhaul/upstream'
import { Definitions } from './definitions.ts'
import { createModels } from './models.ts'
import { loadProject } from './project.ts'
import { within } from './within.ts'
import type { WorkerOptions } from './worker-options.ts'

/** How long a start waits for upstream servers; those that are slower join when they are there. */
const UPSTREAM_START_MS = 15_000

/**
 * Loads the project with the servers and models that its tools and agents call.
 * @throws Error when there is no such project
 */
export async function loadDefinitions({ settings, dir, env, version, log }: Omit<WorkerOptions, 'url'>) {
  const project = await loadProject(dir, env, { maxResourceFileBytes: settings.maxResourceFileBytes })
  const clientInfo = { name: 'longhaul', version }
  const upstreams = connectUpstreams(project.servers, { log, clientInfo, dir, timeoutMs: settings.upstreamTimeoutMs })
  await within(UPSTREAM_START_MS, upstreams.settled)
  const models = createModels({ env, folder: dir })
  return { definitions: new Definitions(project, upstreams, models), models, upstreams }
}
