import { openSync, readFileSync } from 'node:fs'
import { access, constants, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { liveAttached, type StoreServer, type StoreStart } from './attached.ts'
import { EMBEDDED_FOLDER, SNAPSHOT_EVERY_MS, SNAPSHOT_FILE, SNAPSHOT_REST } from './durability.ts'
import { bootValkey, ValkeyExit, type WasmValkey } from './wasm-valkey.ts'

// Program: a store process with Valkey in WebAssembly, and snapshots of it.
liveAttached(startEmbedded)

async function startEmbedded({ order, warn }: StoreStart): Promise<StoreServer> {
  const folder = join(order.folder, EMBEDDED_FOLDER)
  const snapshot = join(folder, SNAPSHOT_FILE)
  await mkdir(folder, { recursive: true })
  const log = join(folder, 'valkey.log')
  const ended = Promise.withResolvers<string>()
  const onEnd = (reason: Error) => ended.resolve(`${reason.message}. It last said: ${readComplaint(log)}`)
  const boot = () => bootValkey({ folder: order.keep ? folder : undefined, logFd: openSync(log, 'w'), onEnd })

  const valkey = await boot().catch(async (error) => {
    if (!(error instanceof ValkeyExit) || !(await isReadable(snapshot))) throw error
    const aside = `${snapshot}.damaged-${new Date().toISOString().replaceAll(':', '-')}`
    const complaint = readComplaint(log)
    await rename(snapshot, aside)
    warn(`The snapshot of the store is damaged (${complaint}). It was moved to ${aside}; the store starts empty.`)
    return boot()
  })
  // Every save is a notice, and there is one every two seconds.
  valkey.run('CONFIG', 'SET', 'loglevel', 'warning')
  const stopSnapshots = order.keep ? keepSnapshots(valkey, warn) : undefined
  return {
    port: valkey.port,
    pid: process.pid,
    ended: ended.promise,
    // What is kept would be of a time that has not come.
    ...(!order.keep && { skip: (ms: number) => valkey.skip(ms) }),
    stop: async () => {
      stopSnapshots?.()
      // It saves and exits within one command: nobody is told that a later change succeeded.
      const refusal = valkey.run('SHUTDOWN', order.keep ? 'SAVE' : 'NOSAVE')
      if (refusal !== '') throw new Error(`The last snapshot of the store failed: ${readComplaint(log)}`)
    },
  }
}

/** Takes a snapshot every so often when something changed. A failure is told once, until one succeeds again. */
function keepSnapshots(valkey: WasmValkey, warn: (text: string) => void): () => void {
  let isFailing = false
  let timer = setTimeout(look, SNAPSHOT_EVERY_MS)
  function look() {
    const began = performance.now()
    const hasChanged = !valkey.run('INFO', 'persistence').includes('rdb_changes_since_last_save:0\r\n')
    const reply = hasChanged ? valkey.run('SAVE') : '+OK\r\n'
    const wasFailing = isFailing
    isFailing = !reply.startsWith('+OK')
    if (isFailing && !wasFailing) warn(`The store cannot write its snapshot, and goes on in memory: ${reply.trim()}`)
    const tookMs = performance.now() - began
    timer = setTimeout(look, Math.max(SNAPSHOT_EVERY_MS, tookMs * SNAPSHOT_REST))
  }
  return () => clearTimeout(timer)
}

/** @returns whether there is one. @throws Error when it is there and may not be read: that is no damage. */
async function isReadable(snapshot: string): Promise<boolean> {
  try {
    await access(snapshot, constants.R_OK | constants.W_OK)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** What Valkey marked as a warning (`#`) in its log, without its clock, which knows no time zone. */
function readComplaint(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n')
  const complaints = lines.filter((line) => line.includes(' # ') && !line.includes(' # Warning: 32 bit'))
  return complaints.map((line) => line.slice(line.indexOf(' # ') + 3).trim()).join(' ') || 'nothing'
}
