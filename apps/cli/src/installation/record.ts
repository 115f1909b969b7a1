import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How processes on this machine find the installation of a project, in its `.longhaul` folder. */
export interface InstallationRecord {
  /** Name of this run of it. */
  readonly run: string
  /** MCP endpoint, for example `http://127.0.0.1:4620/mcp`. */
  readonly url: string
  /** Key of the person at this machine, where keys are asked for. Only that person can read this file. */
  readonly key?: string
  /** The store that it has brought; absent where it is on one that others know by REDIS_URL. */
  readonly store?: string
  /** Where its attendance is taken. */
  readonly attendancePort: number
  /** Whether it ends when nobody uses it any more; else somebody has started it by hand, and will end it. */
  readonly whileUsed: boolean
  /** What is wrong with the project, for people. */
  readonly problems: readonly string[]
}

const pathOf = (folder: string): string => join(folder, 'installation.json')

export async function writeRecord(folder: string, record: InstallationRecord): Promise<void> {
  await mkdir(folder, { recursive: true })
  const mine = `${pathOf(folder)}.${randomUUID()}`
  await writeFile(mine, JSON.stringify(record), { mode: 0o600 })
  // It appears whole or not at all.
  await rename(mine, pathOf(folder))
}

/** Undefined where there is none, or one that is none. Whether it is still true only its run can say. */
export async function readRecord(folder: string): Promise<InstallationRecord | undefined> {
  try {
    const record: InstallationRecord = JSON.parse(await readFile(pathOf(folder), 'utf8'))
    return URL.canParse(record.url) && Number.isInteger(record.attendancePort) ? record : undefined
  } catch {
    return undefined
  }
}

/** Leaves the record of another run alone. */
export async function removeRecord(folder: string, run: string): Promise<void> {
  const record = await readRecord(folder)
  if (record?.run === run) await rm(pathOf(folder), { force: true })
}
