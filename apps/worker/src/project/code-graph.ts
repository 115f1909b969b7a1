import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const INSTALLED = `node_modules${sep}`
const HASH_CHARACTERS = 12

/**
 * Which files of a project import which in this process, from its making on, and so what the code of a tool is made of. Of
 * installed packages, and of what is imported only while a tool runs, it knows nothing.
 */
export class CodeGraph {
  readonly #root: string
  /** URLs of files that were imported, by that of who did. */
  readonly #imports = new Map<string, Set<string>>()
  /** A module runs as it was loaded first, whatever becomes of its file. */
  readonly #hashes = new Map<string, string>()

  constructor(dir: string) {
    this.#root = realpathSync(dir)
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const resolved = nextResolve(specifier, context)
        const { parentURL } = context
        if (parentURL !== undefined && this.#isOfProject(resolved.url)) this.#note(parentURL, resolved.url)
        return resolved
      },
    })
  }

  /** Of the code of a file that was loaded, by its path from the project's folder: a hash over it and all that it imports. */
  versionOf(file: string): string {
    const urls = [...this.#closure(pathToFileURL(join(this.#root, file)).href)].toSorted()
    const parts = urls.map((url) => [relative(this.#root, fileURLToPath(url)), this.#hashOf(url)])
    return hash(JSON.stringify(parts))
  }

  #note(parent: string, url: string): void {
    const imports = this.#imports.get(parent) ?? new Set()
    this.#imports.set(parent, imports.add(url))
  }

  #isOfProject(url: string): boolean {
    if (!url.startsWith('file:')) return false
    const path = relative(this.#root, fileURLToPath(url))
    return !path.startsWith('..') && !path.includes(INSTALLED)
  }

  #closure(url: string, found = new Set<string>()): Set<string> {
    if (found.has(url)) return found
    found.add(url)
    for (const imported of this.#imports.get(url) ?? []) this.#closure(imported, found)
    return found
  }

  #hashOf(url: string): string {
    const known = this.#hashes.get(url)
    if (known !== undefined) return known
    const made = hash(readFileSync(new URL(url)))
    this.#hashes.set(url, made)
    return made
  }
}

const hash = (data: string | Buffer): string =>
  createHash('sha256').update(data).digest('base64url').slice(0, HASH_CHARACTERS)
