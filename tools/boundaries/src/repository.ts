import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The files under check. Paths are relative to the root, with forward slashes. */
export interface Repository {
  readonly files: readonly string[]
  /** Text of one of `files`. */
  readonly read: (path: string) => string
}

export interface Package {
  /** `libs/engine` */
  readonly folder: string
  /** `@longhaul/engine` */
  readonly name: string
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
}

/** What git tracks or would track, less what is deleted in the working tree. */
export function readRepository(root = ROOT): Repository {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path)))
  return { files: files.sort(), read: (path) => readFileSync(join(root, path), 'utf8') }
}

/** A repository that exists only as text, for tests of the checks themselves. */
export function repositoryOf(texts: Readonly<Record<string, string>>): Repository {
  return { files: Object.keys(texts).sort(), read: (path) => texts[path] ?? '' }
}

/** The workspaces: every folder directly below apps, libs, tools or examples that has a package.json. */
export function packagesOf(repository: Repository): readonly Package[] {
  return repository.files
    .filter((path) => /^(apps|libs|tools|examples)\/[^/]+\/package\.json$/.test(path))
    .map((path) => readPackage(repository, path))
}

/** The root package.json, whose devDependencies every test and tool may use. */
export function rootPackageOf(repository: Repository): Package {
  return readPackage(repository, 'package.json')
}

/** Tests, and what only they read: folders called test or fixtures. */
export function isTestFile(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /\/(test|fixtures)\//.test(path)
}

function readPackage(repository: Repository, path: string): Package {
  const { name, dependencies, optionalDependencies, peerDependencies, devDependencies } = JSON.parse(
    repository.read(path),
  )
  return {
    folder: path.split('/').slice(0, -1).join('/'),
    name,
    dependencies: Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
    devDependencies: Object.keys(devDependencies ?? {}),
  }
}
