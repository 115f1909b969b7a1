import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Edge } from './edges.ts'
import { type Package, ROOT } from './repository.ts'

interface NxGraph {
  readonly graph: {
    readonly dependencies: Readonly<Record<string, readonly { readonly source: string; readonly target: string }[]>>
  }
}

/**
 * The edges between workspaces as Nx sees them, which is what package.json files declare: Nx reads imports through the
 * JavaScript API of TypeScript, and TypeScript 7 has none. That declarations and imports are the same is checked by
 * import-problems.ts in one direction and by knip in the other.
 *
 * @throws Error with what Nx printed when it cannot build the graph.
 */
export function fetchNxEdges(packages: readonly Package[]): readonly Edge[] {
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js')
  const printed = execFileSync(process.execPath, [nx, 'graph', '--print'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return edgesOf(JSON.parse(printed), packages)
}

/** Edges of a graph as `nx graph --print` writes it; npm packages in it are left out. */
export function edgesOf(graph: NxGraph, packages: readonly Package[]): readonly Edge[] {
  const byName = new Map(packages.map((one) => [one.name, one]))
  return Object.values(graph.graph.dependencies)
    .flat()
    .flatMap(({ source, target }) => {
      const from = byName.get(source)
      const to = byName.get(target)
      if (from === undefined || to === undefined) return []
      return [{ from: from.folder, to: to.folder, inTests: !from.dependencies.includes(to.name) }]
    })
}
