import type { Activation } from './activation.ts'
import { hasCause } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'

type Parts = Pick<Activation, 'atWork' | 'attempts' | 'calls' | 'life' | 'progress' | 'settings' | 'writer'>

/** Leaves the task to another worker, which goes on where this one stops. */
export class HandOver {
  readonly #parts: Parts
  /** The code waits for something that is left to the worker that goes on. */
  #isHeldBack = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Lets no step begin any more. What runs may end, and is saved; then the task is handed back. */
  begin(): void {
    const { calls, life } = this.#parts
    life.leave()
    calls.touch()
  }

  /** Tells what runs to stop, and hands the task back when all has ended. Nothing is heard any more. */
  abort(reason: unknown): void {
    const { life } = this.#parts
    if (life.isOver) return
    life.cut(reason)
    this.whenQuiet()
  }

  /** Hands the task back at once. What is still running is in doubt. */
  letGo(): void {
    const { life } = this.#parts
    if (!life.isRecording) return
    life.cut(new Error('The task goes on elsewhere.'))
    void this.finish()
  }

  /** The task's own tool threw `error` after it was told to stop. */
  gaveUp(step: StepIdentity, scope: Scope, error: unknown): void {
    const { atWork, life } = this.#parts
    const isSettled = hasCause(error, life.stopReason)
    if (isSettled) this.holdBack(step)
    if (isSettled || !atWork.isOpaque(scope)) atWork.leave(scope)
    else this.letGo()
  }

  /** Leaves a step, which had no effect here, to the worker that goes on. */
  holdBack(step: StepIdentity): void {
    const { attempts, calls } = this.#parts
    attempts.withdraw(step)
    this.#isHeldBack = true
    calls.touch()
  }

  /** Nothing runs, and the code can go no further here. */
  get isAtBoundary(): boolean {
    const { atWork, calls, life } = this.#parts
    return this.#isHeldBack && !life.isOver && !calls.isPending && !atWork.isBusy
  }

  /** To be called when something has ended. What it came to is recorded before. */
  whenQuiet(): void {
    const { atWork, life } = this.#parts
    if (!life.isCut) return
    setImmediate(() => {
      if (atWork.isQuiet) void this.finish()
    })
  }

  /** Hands the task back, if it is still to be handed back when all earlier writes are done. */
  async finish(): Promise<void> {
    const { atWork, calls, life, progress, settings, writer } = this.#parts
    await progress.settled()
    const became = await writer.handBack(() => {
      if (!life.isCut && !this.isAtBoundary) return undefined
      return { dueInMs: settings.wakeGraceMs, isInterrupted: atWork.isInterrupted }
    })
    if (became) life.end(became === 'paused' ? 'suspended' : became)
    else calls.touch()
  }
}
