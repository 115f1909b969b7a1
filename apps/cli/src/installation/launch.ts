import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A log that has grown larger is begun anew with the next start. */
const MOST_LOG_BYTES = 8 * 1024 * 1024

interface Launch {
  /** Resolves with the reason when it ends; it may have been there before. */
  readonly failed: Promise<string>
}

/**
 * Starts the installation of a project in a process that outlives this one: clients kill what they have started, and
 * what is under way there is handed over in order. What it says is in `stdio.log`.
 */
export function launch(dir: string, folder: string): Launch {
  const main = fileURLToPath(new URL(`../main${import.meta.url.slice(-3)}`, import.meta.url))
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'stdio.log')
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const isNew = bytes > MOST_LOG_BYTES
  const log = openSync(path, isNew ? 'w' : 'a', 0o600)
  const child = spawn(process.execPath, [main, 'start', dir, '--while-used'], {
    // Its address is for those who find it here, and nobody else's business.
    env: { ...process.env, PORT: '0', LONGHAUL_HOST: '127.0.0.1', LONGHAUL_PUBLIC_URL: '' },
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  const ended = new Promise<string>((resolve) => {
    child
      .once('error', (error) => resolve(error.message))
      .once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  return { failed: ended.then(async (how) => (await lastLine(path, isNew ? 0 : bytes)) ?? how) }
}

/** What was said last, from a byte on. */
async function lastLine(path: string, from: number): Promise<string | undefined> {
  const text = await readFile(path).catch(() => Buffer.alloc(0))
  return (
    text
      .subarray(from)
      .toString('utf8')
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^longhaul: /, '') || undefined
  )
}
