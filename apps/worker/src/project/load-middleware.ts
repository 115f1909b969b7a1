import type { Middleware } from '@longhaul/runtime'
import type { Problem } from '@longhaul/task'
import { loadModule } from './load-tools.ts'

export interface LoadedMiddleware {
  readonly middleware: readonly Middleware[]
  readonly problems: readonly Problem[]
}

/** What a file exports by default: a middleware, or a list of them. */
export async function loadMiddleware(dir: string, file: string, withinMs: number): Promise<LoadedMiddleware> {
  const loaded = await loadModule(dir, file, withinMs)
  if (loaded.kind === 'problem') return { middleware: [], problems: [loaded.problem] }
  const exported = [loaded.module.default].flat()
  if (exported.length > 0 && exported.every(isMiddleware)) return { middleware: exported, problems: [] }
  const message = "It exports no middleware. Write: export default defineMiddleware({ name, … }), from 'longhaul'."
  return { middleware: [], problems: [{ file, message, severity: 'error' }] }
}

function isMiddleware(value: unknown): value is Middleware {
  const { name, model, tool, remoteTool } = Object(value) as Partial<Middleware>
  return typeof name === 'string' && [model, tool, remoteTool].some((hook) => typeof hook === 'function')
}
