import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readWorkspaces, toManifest, toScope } from './manifest.ts'
import { rewriteImports } from './rewrite-imports.ts'

/** What the sources read at run time, beside modules. */
const ASSETS = ['libs/store/src/lua/*.lua', 'apps/cli/template/**/*']

export interface Built {
  /** What can be packed. */
  readonly folder: string
  /** Number of its modules. */
  readonly files: number
}

/**
 * Makes the package that users install, in `dist`: the modules of the repository as JavaScript with types, in the
 * folders that they have here, so that whatever finds a file beside itself finds it there, too.
 * @throws Error when the sources do not compile, or two packages want different versions of one dependency
 */
export function build(repository: string): Built {
  const folder = join(repository, 'dist')
  const lib = join(folder, 'lib')
  rmSync(folder, { recursive: true, force: true })
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', join(repository, 'tsconfig.build.json')], { stdio: 'inherit' })
  for (const asset of globSync(ASSETS, { cwd: repository })) {
    mkdirSync(dirname(join(lib, asset)), { recursive: true })
    cpSync(join(repository, asset), join(lib, asset), { recursive: true })
  }
  const workspaces = readWorkspaces(repository)
  const modules = globSync('**/*.{js,d.ts}', { cwd: lib }).filter((path) => !path.includes('/template/'))
  for (const path of modules) {
    const file = join(lib, path)
    writeFileSync(file, rewriteImports(readFileSync(file, 'utf8'), path, workspaces))
  }
  // Each package reads its own version, and a package.json without a type would make CommonJS of what is below it.
  const shipped = workspaces.filter(({ path }) => modules.some((module) => module.startsWith(`${path}/`)))
  for (const workspace of shipped) writeJson(join(lib, workspace.path, 'package.json'), toScope(workspace))
  writeJson(join(folder, 'package.json'), toManifest(repository, shipped))
  cpSync(join(repository, 'LICENSE'), join(folder, 'LICENSE'))
  cpSync(join(import.meta.dirname, '../npm/README.md'), join(folder, 'README.md'))
  return { folder, files: modules.filter((path) => path.endsWith('.js')).length }
}

const writeJson = (file: string, value: object): void => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
