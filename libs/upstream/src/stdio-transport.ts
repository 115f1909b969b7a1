import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { StdioServer } from './server-config.ts'
import { within } from './within.ts'

/** Last lines of standard error that explain a failed start. */
const KEPT_LINES = 5
/** The SDK's transport closes stdin, and after 2 s each sends SIGTERM and SIGKILL; a killed process takes a moment. */
const EXIT_MS = 6000

/**
 * A child process, and the end of what it says on standard error.
 *
 * A subclass, not the SDK's class itself, also because the SDK starts a second process to probe that one's version.
 */
export class StdioTransport extends StdioClientTransport {
  /** The newest lines, oldest first. Not for a log once calls were made: a server may write what it was given. */
  readonly stderrLines: string[] = []
  readonly #exited = Promise.withResolvers<void>()
  #isStarted = false

  /** @param dir the project's folder */
  constructor({ command, args, env, cwd = '.' }: StdioServer, dir: string) {
    super({ command, args: [...args], env: { ...env }, cwd: resolve(dir, cwd), stderr: 'pipe' })
    this.onclose = () => this.#exited.resolve()
    if (!(this.stderr instanceof Readable)) return
    createInterface({ input: this.stderr }).on('line', (line) => {
      this.stderrLines.push(line)
      if (this.stderrLines.length > KEPT_LINES) this.stderrLines.shift()
    })
  }

  override async start(): Promise<void> {
    await super.start()
    this.#isStarted = true
  }

  /** Resolves when the process is gone. */
  override async close(): Promise<void> {
    await super.close()
    if (this.#isStarted) await within(this.#exited.promise, EXIT_MS)
  }
}
