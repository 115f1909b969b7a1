import { fileURLToPath } from 'node:url'
import { type Stack, type StackProcess, startStack, withoutSettings } from '@longhaul/testbed'
import type { Timeline } from './timeline.ts'
import { within } from './within.ts'

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))

/** The exit of a process that was asked to end, and did not. */
const LATE = { code: null, signal: 'no end' }

/** Lines that the processes wrote, the newest last, for when something goes wrong. */
const KEPT_LINES = 40

/** Longhaul as it would be installed: a store, a coordinator and two workers, each a process of its own. */
export class Installation {
  readonly lines: string[] = []
  readonly #timeline: Timeline
  #stack: Stack | undefined
  #killed: StackProcess | undefined

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  async start(project: string): Promise<URL> {
    const stack = await startStack({
      project,
      coordinators: 1,
      workers: 2,
      store: 'embedded',
      env: { ...withoutSettings(process.env), LONGHAUL_MODEL: 'caller', LONGHAUL_FILES: REPOSITORY },
      onLine: (line) => {
        this.lines.push(line)
        if (this.lines.length > KEPT_LINES) this.lines.shift()
      },
    })
    this.#stack = stack
    this.#timeline.begin('store', `process of its own, Valkey in WebAssembly: ${stack.store.url}`)
    for (const [name, { process, address }] of this.#processes()) {
      this.#timeline.begin(name, `process ${process.pid}${address && `: ${address}/mcp`}`)
    }
    return stack.url()
  }

  /** @throws Error when no worker has this process id */
  workerName(pid: number): string {
    const found = this.#processes().find(([, { process }]) => process.pid === pid)
    if (!found) throw new Error(`Process ${pid} is no worker of this installation.`)
    return found[0]
  }

  isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  async killWorker(pid: number): Promise<void> {
    this.#killed = this.#stack?.workers.find((worker) => worker.process.pid === pid)
    await this.#killed?.process.kill('SIGKILL')
    this.#timeline.end(this.workerName(pid), 'killed with SIGKILL, in the middle of its tool calls')
  }

  /** Asks every process to end, workers first. Says how each did. */
  async stop(): Promise<Record<string, number | string | null>> {
    const exits: Record<string, number | string | null> = {}
    for (const [name, running] of this.#processes().toReversed()) {
      if (running === this.#killed) continue
      const { code, signal } = await within(`${name} ends`, running.process.kill('SIGTERM')).catch(() => LATE)
      exits[name] = code ?? signal
      this.#timeline.end(name, `asked to end: ${code === null ? signal : `exit code ${code}`}`)
    }
    if (!this.#stack) return exits
    await this.#stack.stop()
    this.#timeline.end('store', 'ended')
    return exits
  }

  #processes(): [string, StackProcess][] {
    const { coordinators = [], workers = [] } = this.#stack ?? {}
    return [
      ...coordinators.map((process): [string, StackProcess] => ['coordinator', process]),
      ...workers.map((process, index): [string, StackProcess] => [`worker ${'AB'[index]}`, process]),
    ]
  }
}
