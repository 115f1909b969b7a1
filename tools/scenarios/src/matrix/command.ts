import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/** A program of node that takes its orders as arguments, and answers in JSON. */
export interface Command {
  /** What it writes to its standard output. @throws Error with all that it says, when it fails */
  run(...args: readonly string[]): Promise<unknown>
  /** Ends what has not ended by itself. */
  close(): void
}

export function openCommand(file: string, env: NodeJS.ProcessEnv): Command {
  const running = new Set<ChildProcess>()
  return {
    async run(...args) {
      const child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      running.add(child)
      const code = new Promise<number | null>((resolve) => child.on('close', resolve))
      const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)])
      running.delete(child)
      if ((await code) !== 0) throw new Error(`${complaint}${output}`.trim())
      return output.trim() === '' ? undefined : JSON.parse(output)
    },
    close() {
      for (const child of running) child.kill('SIGKILL')
    },
  }
}

/** Kills a process that a command has left behind, and resolves when it is gone. Nobody says when that is. */
export async function killed(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      return
    }
    await delay(LOOK_MS)
  }
}

const LOOK_MS = 20
