import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The oldest that is promised, and a current one; that of this process is tried in any case. */
const OTHER_VERSIONS = ['22.18.0', '26.12.1']

export interface Installed {
  /** An empty folder but for the package. */
  readonly folder: string
  remove(): void
}

/** @throws Error with what npm said */
export function installPackage(packageFolder: string): Installed {
  const place = mkdtempSync(join(tmpdir(), 'longhaul-package-'))
  const folder = join(place, 'app')
  mkdirSync(folder)
  npm(['pack', packageFolder, '--pack-destination', place], place)
  const tarball = readdirSync(place).find((name) => name.endsWith('.tgz')) ?? ''
  npm(['install', ...QUIETLY, join(place, tarball)], folder)
  return { folder, remove: () => rmSync(place, { recursive: true, force: true }) }
}

export type NodeUnderTest =
  | { readonly kind: 'there'; readonly version: string; readonly path: string }
  | { readonly kind: 'missing'; readonly version: string; readonly reason: string }

/** That of this process, and the others as npm's packages for this platform, where they can be had. */
export function nodesToTry(folder: string): readonly NodeUnderTest[] {
  const others = OTHER_VERSIONS.map((version): NodeUnderTest => {
    const place = join(folder, '..', `node-${version}`)
    const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
    try {
      mkdirSync(place)
      npm(['install', ...QUIETLY, '--no-save', `${name}@${version}`], place)
      return { kind: 'there', version, path: join(place, 'node_modules', name, 'bin', 'node') }
    } catch (error) {
      const reason = (error as Error).message.split('\n').findLast((line) => line !== '') ?? 'npm failed'
      return { kind: 'missing', version, reason }
    }
  })
  return [{ kind: 'there', version: process.versions.node, path: process.execPath }, ...others]
}

const QUIETLY = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
