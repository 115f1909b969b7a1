import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Settings } from '@longhaul/task'
import type { Logger } from 'pino'
import { within } from './within.ts'
import type { ForkAlone } from './worker-options.ts'

/** Time beyond its grace that such a process has to end; one whose tool does not give the thread back is killed then. */
const BEYOND_GRACE_MS = 1000

export interface AloneProcessesOptions {
  readonly fork: ForkAlone
  readonly settings: Settings
  readonly log: Logger
}

/** The tasks that this worker runs in processes of their own, since workers died with them. */
export class AloneProcesses {
  readonly #options: AloneProcessesOptions
  readonly #running = new Set<ChildProcess>()

  constructor(options: AloneProcessesOptions) {
    this.#options = options
  }

  /**
   * Resolves when the process of the task has ended, however it did. Where there are too many of them already, the task
   * is left to be taken up again, here or by another worker.
   */
  async run(taskId: string): Promise<void> {
    const { fork, settings, log } = this.#options
    const most = settings.maxAlone
    if (this.#running.size >= most) {
      log.debug({ taskId, most }, 'too many tasks run alone here; this one is taken up again later')
      return
    }
    const child = fork(taskId)
    this.#running.add(child)
    log.info({ taskId, pid: child.pid }, 'the task runs in a process of its own, since workers died with it')
    try {
      const [code, signal] = await once(child, 'exit')
      const how = signal ?? `exit code ${code}`
      if (how !== 'exit code 0') log.warn({ taskId, how }, 'the process of the task ended; the task is taken up again')
    } finally {
      this.#running.delete(child)
    }
  }

  /** They hand their tasks over. Resolves when none is left. */
  async stop(): Promise<void> {
    const { shutdownGraceMs, abortGraceMs } = this.#options.settings
    const children = [...this.#running]
    const ended = Promise.all(children.map((child) => once(child, 'exit')))
    for (const child of children) child.kill('SIGTERM')
    await within(shutdownGraceMs + abortGraceMs + BEYOND_GRACE_MS, ended)
    for (const child of this.#running) child.kill('SIGKILL')
    await ended
  }
}
