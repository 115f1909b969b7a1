import type { Repository } from './repository.ts'

interface LockedPackage {
  readonly version?: string
  readonly link?: boolean
  readonly resolved?: string
}

/**
 * What keeps `npm ci` from working everywhere: packages of other platforms without a version, which some npm versions
 * write and others refuse, and addresses of one registry.
 */
export function lockfileProblems(repository: Repository): readonly string[] {
  const lockfiles = repository.files.filter((path) => path.split('/').at(-1) === LOCKFILE)
  return lockfiles.flatMap((lockfile) => {
    const folder = lockfile.slice(0, -LOCKFILE.length)
    return problemsIn(repository.read(lockfile)).map((problem) => folder + problem)
  })
}

function problemsIn(lockfile: string): readonly string[] {
  const { packages } = JSON.parse(lockfile) as { readonly packages: Readonly<Record<string, LockedPackage>> }
  return Object.entries(packages).flatMap(([path, { version, link, resolved }]) => {
    if (path === '') return []
    const hasAddress = resolved !== undefined && /^[a-z+]+:\/\//.test(resolved)
    return [
      ...(version === undefined && !link && path.includes('node_modules/')
        ? [`${path} has no version: ${REWRITE}`]
        : []),
      ...(hasAddress
        ? [`${path} names a registry: npm config set omit-lockfile-registry-resolved true, and ${REWRITE}`]
        : []),
    ]
  })
}

const LOCKFILE = 'package-lock.json'
const REWRITE = 'remove package-lock.json and write it with `npx npm@11.6.2 install`'
