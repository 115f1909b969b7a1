import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { objectionTo } from './edges.ts'
import { findImports, type ImportSite } from './imports.ts'
import { isTestFile, type Package, packagesOf, type Repository, rootPackageOf } from './repository.ts'

/**
 * What is wrong with the imports of the sources of all packages, one sentence each, with file and line: an edge that
 * rules.ts forbids, a package that package.json does not declare, a relative import that leaves its package.
 */
export function importProblems(repository: Repository): readonly string[] {
  const packages = packagesOf(repository)
  const folderOf = new Map(packages.map((one) => [one.name, one.folder]))
  const rootDevDependencies = rootPackageOf(repository).devDependencies

  return packages.flatMap((owner) =>
    sourcesOf(owner, repository).flatMap((path) => {
      const inTests = isTestFile(path)
      const declared = [
        ...owner.dependencies,
        ...(inTests ? owner.devDependencies : []),
        ...(inTests || owner.folder.startsWith('tools/') ? rootDevDependencies : []),
      ]
      return findImports(path, repository.read(path)).flatMap((site) => {
        const problem = problemOf({ site, path, owner, declared, folderOf, inTests })
        return problem === undefined ? [] : [`${path}:${site.line}: ${problem}`]
      })
    }),
  )
}

interface Importing {
  readonly site: ImportSite
  readonly path: string
  readonly owner: Package
  readonly declared: readonly string[]
  readonly folderOf: ReadonlyMap<string, string>
  readonly inTests: boolean
}

function problemOf({ site, path, owner, declared, folderOf, inTests }: Importing): string | undefined {
  const { specifier } = site
  if (isBuiltin(specifier)) return undefined
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    return target.startsWith(`${owner.folder}/`)
      ? undefined
      : `${specifier} leaves ${owner.folder}: import the package by its name`
  }
  const name = packageNameIn(specifier)
  if (name === owner.name) return undefined
  const folder = folderOf.get(name)
  const objection = folder === undefined ? undefined : objectionTo({ from: owner.folder, to: folder, inTests })
  if (objection !== undefined) return objection
  if (declared.includes(name)) return undefined
  const where = inTests ? 'dependencies or devDependencies' : 'dependencies'
  return `${name} is imported but not in the ${where} of ${owner.folder}/package.json`
}

function sourcesOf(owner: Package, repository: Repository): readonly string[] {
  return repository.files.filter((path) => path.startsWith(`${owner.folder}/`) && /\.[cm]?[jt]sx?$/.test(path))
}

/** `@scope/name/sub` and `name/sub` without what follows the name. */
function packageNameIn(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
