import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))
/** Longest time that one command may take. */
const WITHIN_MS = 60_000

export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `longhaul` in a folder, against one installation, with nobody at the keyboard. */
export class Terminal {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    this.#env = env
  }

  longhaul(...args: readonly string[]): Promise<Said> {
    const options = { cwd: this.#folder, env: this.#env, timeout: WITHIN_MS, killSignal: 'SIGKILL' } as const
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) =>
        resolve({
          exitCode: error === null ? 0 : (child.exitCode ?? -1),
          stdout: stdout.trim(),
          stderr: stderr.trim(),
        }),
      )
      child.stdin?.end()
    })
  }

  /** The same, of which nothing is expected but its last line. @throws Error when its exit code is another */
  async lineOf(exitCode: number, ...args: readonly string[]): Promise<string> {
    const said = await this.longhaul(...args)
    if (said.exitCode === exitCode) return said.stdout.split('\n').at(-1) ?? ''
    const what = `longhaul ${args.join(' ')}`
    throw new Error(`'${what}' ended with ${said.exitCode}, not ${exitCode}:\n${said.stdout}\n${said.stderr}`)
  }
}
