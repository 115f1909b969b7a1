import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

/** The right to use the data in a folder. Held by the process that uses it, until it has written its last. */
export interface DirectoryLock {
  /** Names a further process that uses the data; the lock is not stale while either lives. */
  noteServer(pid: number): Promise<void>
  release(): Promise<void>
}

/** Content of the lock file, as JSON. */
interface Holder {
  readonly holder: ProcessIdentity
  /** Who started the holder. While it lives, the lock will not become free by itself. */
  readonly owner: ProcessIdentity
  readonly server?: ProcessIdentity
  readonly host: string
  readonly since: string
}

/** Time a store whose owner is dead may take to write its last before we give up. */
const LAST_WRITE_MS = 30_000
const LOOK_EVERY_MS = 50

/**
 * Takes `store.lock` in `folder`. A lock of dead processes is taken over. Where only the owner is dead, its store is
 * about to end: this waits for it.
 * @throws Error that says who holds it.
 */
export async function lockDirectory(folder: string): Promise<DirectoryLock> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'store.lock')
  const mine = `${path}.${randomUUID()}`
  const holder: Holder = {
    holder: identify(process.pid),
    owner: identify(process.ppid),
    host: hostname(),
    since: new Date().toISOString(),
  }
  // A link appears whole or not at all, so nobody reads half a lock.
  await writeFile(mine, JSON.stringify(holder))
  try {
    const deadline = Date.now() + LAST_WRITE_MS
    while (!(await isNew(link(mine, path)))) {
      const found = await readIfThere(path)
      if (found === undefined) continue
      const verdict = judge(parseHolder(found, path), path)
      if (verdict.kind === 'stale') await removeStale(path, found)
      else if (verdict.kind === 'held' || Date.now() > deadline) throw new Error(verdict.message)
      else {
        if (verdict.orphan !== undefined) process.kill(verdict.orphan, 'SIGTERM')
        await delay(LOOK_EVERY_MS)
      }
    }
  } finally {
    await rm(mine, { force: true })
  }
  return {
    noteServer: async (pid) => {
      await writeFile(mine, JSON.stringify({ ...holder, server: identify(pid) }))
      await rename(mine, path)
    },
    release: () => rm(path, { force: true }),
  }
}

type Verdict =
  | { readonly kind: 'stale' }
  | { readonly kind: 'held'; readonly message: string }
  /** `orphan`: a server that nobody watches over any more, and which therefore ends only when told. */
  | { readonly kind: 'ending'; readonly message: string; readonly orphan?: number }

function judge({ holder, owner, server, host, since }: Holder, path: string): Verdict {
  const who = `process ${owner.pid} on ${host} since ${since}`
  if (host !== hostname()) {
    const message = `${path} is held by ${who}, and from here nobody can see whether that lives. If it does not, delete the file.`
    return { kind: 'held', message }
  }
  if (isAlive(holder) && isAlive(owner)) {
    const message = `The data beside ${path} is in use by another Longhaul (${who}). Stop that one, or start this one in another folder.`
    return { kind: 'held', message }
  }
  const left = [holder, server].find((process) => process !== undefined && isAlive(process))
  if (left === undefined) return { kind: 'stale' }
  const message = `The store of a Longhaul that ended (${who}) still runs and holds ${path}: stop process ${left.pid}.`
  // Without a start time it might be another process by now, which is nothing to kill.
  const isOrphan = left === server && left.started !== undefined
  return { kind: 'ending', message, orphan: isOrphan ? left.pid : undefined }
}

function parseHolder(text: string, path: string): Holder {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path} is not a lock file of Longhaul. If no Longhaul runs in that folder, delete the file.`)
  }
}

/** Removes the lock that was read as `stale`, and puts back what it got instead when somebody was quicker. */
async function removeStale(path: string, stale: string): Promise<void> {
  const taken = `${path}.${randomUUID()}`
  await rename(path, taken).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  const text = await readIfThere(taken)
  if (text !== undefined && text !== stale) await isNew(link(taken, path))
  await rm(taken, { force: true })
}

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

const isNew = (linking: Promise<void>): Promise<boolean> =>
  linking.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
