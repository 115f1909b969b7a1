import type { Activation } from './activation.ts'

type Parts = Pick<Activation, 'atWork' | 'calls' | 'clock' | 'fitting' | 'handOver' | 'life' | 'progress' | 'writer'>

/** What an activation does at the end of a turn in which its code heard nothing more. */
export class Rest {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Begins what is new in other code; else hands back, suspends when the code can only wait, or writes what there is. */
  begin(): void {
    const { fitting, handOver, writer } = this.#parts
    if (fitting.isHolding) this.#beginFit()
    else if (handOver.isAtBoundary) void handOver.finish()
    else if (this.#until() !== undefined) void this.#suspend()
    else if (writer.isDirty) void writer.look()
  }

  #beginFit(): void {
    const { calls, fitting, life } = this.#parts
    try {
      fitting.release()
      calls.touch()
    } catch (error) {
      life.fail(error)
    }
  }

  async #suspend(): Promise<void> {
    const { calls, life, progress, writer } = this.#parts
    await progress.settled()
    if (await writer.suspend(() => this.#until())) life.end('suspended')
    else calls.touch()
  }

  /** Unix ms of the first deadline of what it waits for; undefined unless it can only wait. */
  #until(): number | undefined {
    const { atWork, calls, clock, life } = this.#parts
    if (life.isOver || calls.isPending || atWork.isBusy) return undefined
    const deadlines = calls.deadlines()
    return deadlines.length > 0 ? Math.min(...deadlines, clock.endsAt) : undefined
  }
}
