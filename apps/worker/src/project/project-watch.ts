import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FILES, PROJECT_FOLDERS } from './project-folder.ts'

/** Paths from the project's folder, each with what would be another if the file were. */
type Snapshot = Map<string, string>

const GONE = 'gone'

/**
 * Tells which files of a project have changed. It looks at their times and sizes instead of waiting for events of the
 * file system: those are missed on network and container mounts, and when editors put a new file in the place of an old
 * one.
 */
export class ProjectWatch {
  readonly dir: string
  readonly #code = new Set<string>()
  /** What was last told. */
  #told: Snapshot
  /** What the last look saw. */
  #seen: Snapshot

  constructor(dir: string) {
    this.dir = dir
    this.#told = this.#take()
    this.#seen = new Map(this.#told)
  }

  /** From now on a file counts as code that is loaded, wherever in the project it is. It is loaded as it is now. */
  noteCode(path: string): void {
    this.#code.add(path)
    if (this.#told.has(path)) return
    this.#told.set(path, this.#describe(path))
    this.#seen.set(path, this.#describe(path))
  }

  isCode(path: string): boolean {
    return this.#code.has(path)
  }

  /**
   * The files that came, went or are others since they were last told. None as long as something has changed since the
   * last look: whoever writes may not have written all of it yet.
   */
  look(): readonly string[] {
    const now = this.#take()
    const isStill = changesBetween(this.#seen, now).length === 0
    this.#seen = now
    if (!isStill) return []
    const changed = changesBetween(this.#told, now)
    this.#told = now
    return changed
  }

  #take(): Snapshot {
    const paths = [...PROJECT_FILES, ...PROJECT_FOLDERS.flatMap((folder) => this.#list(folder)), ...this.#code]
    return new Map(paths.map((path) => [path, this.#describe(path)]))
  }

  #list(folder: string): string[] {
    try {
      const paths = readdirSync(join(this.dir, folder), { recursive: true, encoding: 'utf8' })
      return paths.map((path) => join(folder, path))
    } catch {
      return []
    }
  }

  #describe(path: string): string {
    try {
      const stats = statSync(join(this.dir, path))
      return stats.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}` : 'folder'
    } catch {
      return GONE
    }
  }
}

function changesBetween(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => (before.get(path) ?? GONE) !== (after.get(path) ?? GONE))
}
