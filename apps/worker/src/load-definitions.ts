import type { Pauses } from '@longhaul/task'
import { connectUpstreams } from '@longhaul/upstream'
import { Definitions } from './definitions.ts'
import { createModels } from './models.ts'
import { CodeGraph } from './project/code-graph.ts'
import { LastGood } from './project/last-good.ts'
import { loadProject } from './project/project.ts'
import { checkProjectFolder } from './project/project-folder.ts'
import { withGiven } from './project/with-given.ts'
import { within } from './within.ts'
import type { WorkerOptions } from './worker-options.ts'

/**
 * Loads the project with the servers and models that its tools and agents call.
 * @returns also `reload`, which loads it again; what that gives lets go of the servers that are not used any more
 * @throws Error when there is no such project
 */
export async function loadDefinitions(
  { settings, dir, env, version, log, given = {} }: Omit<WorkerOptions, 'url'>,
  pauses: Pauses,
) {
  const { upstreamTimeoutMs: timeoutMs, upstreamConnectMs: connectTimeoutMs } = settings
  const tasks = {
    ttlMs: settings.upstreamTaskTtlMs,
    pollMinMs: settings.upstreamPollMinMs,
    pollMaxMs: settings.upstreamPollMaxMs,
    patienceMs: settings.upstreamPatienceMs,
    askHoldMs: settings.upstreamAskHoldMs,
  }
  const lastGood = new LastGood()
  checkProjectFolder(dir)
  const code = new CodeGraph(dir)
  const load = async () => withGiven(await loadProject(dir, env, { settings, lastGood, code }), given)
  let project = await load()
  const clientInfo = { name: 'longhaul', version }
  const upstreams = connectUpstreams(project.servers, { log, clientInfo, dir, timeoutMs, connectTimeoutMs, tasks })
  const settle = async () => {
    const { upstreamStartMs } = settings
    const areThere = upstreams.settled.then(() => true)
    if (await within(upstreamStartMs, areThere)) return
    const what = 'not all upstream servers are there yet, and are not waited for (LONGHAUL_UPSTREAM_START_MS)'
    log.warn({ upstreamStartMs }, what)
  }
  await settle()
  const { model } = given
  const models = createModels({
    env,
    folder: dir,
    settings,
    pauses,
    prices: () => project.prices,
    middleware: () => project.middleware,
    model,
  })
  const definitions = new Definitions(project, { upstreams, models, settings })
  const reload = async (): Promise<() => Promise<void>> => {
    const changed = await load()
    const letGo = upstreams.replace(changed.servers)
    await settle()
    project = changed
    definitions.replace(project)
    return letGo
  }
  return { definitions, models, upstreams, reload }
}
