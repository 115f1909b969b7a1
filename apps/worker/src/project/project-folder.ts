import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Problem } from '@longhaul/task'

/** Where definitions are, from the project's folder. */
export const PROJECT_FOLDERS: readonly string[] = ['tools', 'agents', 'workflows', 'prompts', 'resources']
export const PROJECT_FILES: readonly string[] = [
  ...['.mcp.json', 'mcp.json', 'prices.yaml'],
  ...['middleware.ts', 'middleware.mts', 'middleware.js', 'middleware.mjs'],
]

/** Whether a path from the project's folder is one of those where definitions are. */
export const isOfProject = (path: string): boolean =>
  PROJECT_FILES.includes(path) || PROJECT_FOLDERS.some((folder) => path.startsWith(folder + sep))

/** @throws Error when there is no such folder: then nothing of the project can be right */
export function checkProjectFolder(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return
  throw new Error(`There is no project folder ${dir}. Name the one that has mcp.json, agents/ or tools/ in it.`)
}

/** Paths, from the project's folder, of the files in one of its folders whose names fit, in order of their names. */
export function listFiles(dir: string, folder: string, pattern: RegExp): { paths: string[]; problems: Problem[] } {
  try {
    const names = readdirSync(join(dir, folder)).filter((name) => pattern.test(name))
    return { paths: names.toSorted().map((name) => join(folder, name)), problems: [] }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { paths: [], problems: isMissing ? [] : [unreadable(folder, error)] }
  }
}

/** The text of a file of the project, or why it cannot be read. */
export function readText(dir: string, file: string): string | Problem {
  try {
    return readFileSync(join(dir, file), 'utf8')
  } catch (error) {
    return unreadable(file, error)
  }
}

const unreadable = (file: string, error: unknown): Problem => ({
  file,
  message: `It cannot be read (${(error as NodeJS.ErrnoException).code}).`,
  severity: 'error',
})
