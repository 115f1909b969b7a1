import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { liveAttached, type StoreServer, type StoreStart } from './attached.ts'
import { NATIVE_FOLDER } from './durability.ts'
import { keepLastLines } from './last-lines.ts'
import type { StoreOrder } from './messages.ts'
import { askWhoServes } from './ping.ts'

// Program: a store process that watches over a valkey-server or redis-server, which would outlive us by itself.
liveAttached(startNative)

/** Tries on further ports when somebody took the one that was just free. */
const MAX_PORTS = 5
/** Time between two looks whether the server answers. */
const LOOK_EVERY_MS = 10
/** Time a server may take to end after SIGTERM before it is killed; what it acknowledged is in its file by then. */
const MAX_STOP_MS = 20_000

async function startNative({ order, noteServer }: StoreStart): Promise<StoreServer> {
  const folder = join(order.folder, NATIVE_FOLDER)
  await mkdir(folder, { recursive: true })
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort()
    // A group of its own, so that Ctrl-C in a terminal does not stop it before those who use it.
    const child = spawn(order.program ?? '', serverArguments(port, order), {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lastLines = keepLastLines(child)
    const ended = once(child, 'close').then(
      ([code, signal]) => `${order.program} ended (${signal ?? `code ${code}`}). It last said:\n${lastLines()}`,
      (error) => `${order.program} cannot be run: ${error.message}`,
    )
    if (child.pid === undefined) throw new Error(await ended)
    await noteServer(child.pid)
    const failure = await Promise.race([ended, untilItAnswers(port, child)])
    if (failure === undefined) return { port, pid: child.pid, ended, stop: () => stop(child, ended) }
    if (attempt === MAX_PORTS || !/address already in use|failed listening/i.test(failure)) throw new Error(failure)
  }
}

/**
 * Hashes with values of up to so many bytes are kept in one piece of memory, which makes a task a quarter smaller. It is
 * `hash-max-listpack-value`, by the name that older servers know, too.
 */
const COMPACT_VALUE_BYTES = 1024

/** No RDB files beside the append-only file, and never an eviction: every key is somebody's task. */
const serverArguments = (port: number, { keep, isSynced }: StoreOrder): readonly string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'],
  ...['--hash-max-ziplist-value', String(COMPACT_VALUE_BYTES)],
  ...['--appendonly', keep ? 'yes' : 'no', '--appendfsync', isSynced ? 'always' : 'everysec'],
]

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** Resolves when `child` itself, and not another server that was quicker on its port, has loaded its data. */
async function untilItAnswers(port: number, child: ChildProcess): Promise<undefined> {
  while (child.exitCode === null && child.signalCode === null && (await askWhoServes(port)) !== child.pid) {
    await delay(LOOK_EVERY_MS)
  }
  if (child.exitCode !== null || child.signalCode !== null) await new Promise(() => {})
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS)
  await ended
  clearTimeout(timer)
}
