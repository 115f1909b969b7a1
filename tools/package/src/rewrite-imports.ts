import { posix } from 'node:path'
import type { Workspace } from './manifest.ts'

const SPECIFIER = /(?<=\bfrom |\bimport |\bimport\()(['"])(@longhaul\/[\w-]+)\1/g

/**
 * A built module that names the other packages of the repository by their places, since nobody can install them.
 * @param path of the module, from the folder of all of them
 */
export function rewriteImports(text: string, path: string, workspaces: readonly Workspace[]): string {
  return text.replaceAll(SPECIFIER, (specifier, quote: string, name: string) => {
    const target = workspaces.find((workspace) => workspace.name === name)
    if (!target) return specifier
    const relative = posix.relative(posix.dirname(path), `${target.path}/src/index.js`)
    return `${quote}${relative.startsWith('.') ? relative : `./${relative}`}${quote}`
  })
}
