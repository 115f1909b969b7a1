import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts `longhaul worker` with these arguments in a process of its own. */
export function forkWorker(args: readonly string[], url: string): ChildProcess {
  const main = fileURLToPath(new URL(`./main${import.meta.url.slice(-3)}`, import.meta.url))
  // The user's code runs there, and has no use for the keys of callers.
  const env = { ...process.env, REDIS_URL: url, LONGHAUL_API_KEYS: undefined, LONGHAUL_API_KEY: undefined }
  // A group of its own: Ctrl-C in the terminal is for the parent, which stops its workers in order.
  return fork(main, ['worker', ...args], { env, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}
