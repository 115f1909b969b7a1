import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package of the repository. */
export interface Workspace {
  /** Its folder, from the repository's. */
  readonly path: string
  readonly name: string
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
}

export function readWorkspaces(repository: string): readonly Workspace[] {
  return globSync('{apps,libs}/*', { cwd: repository }).map((path) => {
    const { name, version, dependencies = {} } = readJson(join(repository, path, 'package.json'))
    return { path, name, version, dependencies }
  })
}

/** What is left of a workspace's package.json in the package: it marks the folder's modules as such. */
export const toScope = ({ version }: Workspace): object => ({ private: true, version, type: 'module' })

/**
 * The package.json of what users install. It depends on what all of its parts do, in the very versions that were tested.
 * @throws Error when two of them want different versions
 */
export function toManifest(repository: string, workspaces: readonly Workspace[]): object {
  const names = new Set(workspaces.map(({ name }) => name))
  const dependencies = new Map<string, string>()
  for (const { path, dependencies: wanted } of workspaces) {
    for (const [name, version] of Object.entries(wanted).filter(([name]) => !names.has(name))) {
      const other = dependencies.get(name) ?? version
      if (other !== version) throw new Error(`${path} wants ${name} ${version}, another package ${other}.`)
      dependencies.set(name, version)
    }
  }
  const cli = readJson(join(repository, 'apps/cli/package.json'))
  const root = readJson(join(repository, 'package.json'))
  const src = './lib/apps/cli/src'
  return {
    name: cli.name,
    version: cli.version,
    description: 'Durable MCP tasks: hand long work to agents and tools, go away, come back to a result.',
    keywords: ['mcp', 'durable-execution', 'agents', 'tasks', 'workflows'],
    license: root.license,
    type: 'module',
    engines: { node: '>=22.18' },
    bin: { longhaul: `${src}/main.js` },
    exports: {
      '.': { types: `${src}/index.d.ts`, default: `${src}/index.js` },
      './testing': { types: `${src}/testing.d.ts`, default: `${src}/testing.js` },
      './package.json': './package.json',
    },
    // What was compiled at a start of this very folder stays here.
    files: ['lib', '!lib/**/.cache'],
    dependencies: Object.fromEntries([...dependencies].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
