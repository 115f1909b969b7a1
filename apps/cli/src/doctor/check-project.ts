import { formatProblem } from '@longhaul/task'
import { automaticModel } from '@longhaul/worker'
import { inspect } from '../commands/validate.ts'
import type { Finding } from './finding.ts'

/** The model of agents that name none, without calling it. */
export async function checkModel(dir: string): Promise<readonly Finding[]> {
  try {
    const id = automaticModel(process.env, dir)
    if (id !== undefined) return [{ about: 'models', verdict: 'ok', says: `agents that name none have ${id}` }]
    const fix =
      'Set a key (ANTHROPIC_API_KEY, OPENAI_API_KEY), or LONGHAUL_MODEL; without, clients must lend their model.'
    return [{ about: 'models', verdict: 'warning', says: 'no model is configured', fix }]
  } catch (error) {
    const fix = 'Set that, or another LONGHAUL_MODEL.'
    return [{ about: 'models', verdict: 'fault', says: (error as Error).message, fix }]
  }
}

/** The project as a worker would load it, and the servers of its mcp.json. */
export async function checkProject(dir: string): Promise<readonly Finding[]> {
  try {
    const { entries, problems } = await inspect(dir)
    const errors = problems.filter(({ severity }) => severity === 'error')
    const fix = 'longhaul validate has all of it.'
    if (errors.length > 0)
      return errors.map((error): Finding => ({ about: 'project', verdict: 'fault', says: formatProblem(error), fix }))
    const says = `${entries.filter(({ as }) => as === undefined).length} tools, and its servers started`
    if (problems.length === 0) return [{ about: 'project', verdict: 'ok', says }]
    return [{ about: 'project', verdict: 'warning', says: `${says}; ${problems.length} warnings`, fix }]
  } catch (error) {
    const fix = 'Name the folder of a project, or make one with longhaul init.'
    return [{ about: 'project', verdict: 'fault', says: (error as Error).message, fix }]
  }
}
