import type { InDoubt, Taken } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { hasCause } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import { checkParallel } from './limits.ts'
import { never } from './never.ts'
import { runAttempt, type Work } from './run-attempt.ts'
import type { Scope } from './scope.ts'
import type { WaitSpec } from './steps.ts'

/** What an attempt came to. */
export type Made =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }

type Parts = Pick<
  Activation,
  | 'atWork'
  | 'attempts'
  | 'handOver'
  | 'idempotencyKey'
  | 'journal'
  | 'life'
  | 'settings'
  | 'steps'
  | 'timers'
  | 'writer'
>

/** Attempts at what happens outside: whether they may be made here, that all before them is saved, and what they come to. */
export class Bodies {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Whether an attempt of a step is to be made here, rather than by the worker that the task is handed over to. It is
   * written down where nothing else would be a sign that it had begun.
   */
  mayAttempt(
    scope: Scope,
    step: StepIdentity,
    { inDoubt, attempt }: { readonly inDoubt: InDoubt; readonly attempt: number },
  ): boolean {
    const { atWork, attempts, handOver, journal, life, settings } = this.#parts
    if (life.isLeaving) {
      handOver.holdBack(step)
      return false
    }
    checkParallel(atWork.bodies, settings)
    if (inDoubt !== 'repeat' || (scope.inDoubt !== 'repeat' && !journal.hasTrace(scope.prefix)))
      attempts.intend(step, attempt)
    return true
  }

  /** Resolves when all that came before is saved, to whether something may happen outside then. */
  async mayBegin(step: StepIdentity): Promise<boolean> {
    const { handOver, life, writer } = this.#parts
    await writer.saved()
    if (life.isOver && !life.isCut) await never()
    if (life.isLeaving) handOver.holdBack(step)
    return !life.isLeaving
  }

  /** Makes one attempt at a step once all that came before is saved. See `outcomeOf`. */
  async attempt(work: Work): Promise<Made | undefined> {
    const { atWork, life, timers } = this.#parts
    atWork.enterBody()
    try {
      do if (!(await this.mayBegin(work.step))) return undefined
      while (work.isSteerable && this.#takeSteers(work.step))
      const idempotencyKey = this.#parts.idempotencyKey(work.step.key)
      const running = runAttempt(work, { idempotencyKey, signal: () => life.signal, timers })
      return await this.outcomeOf(work.scope, work.step, running)
    } finally {
      atWork.leaveBody()
    }
  }

  /**
   * What work came to. What fails after it was told to stop may have failed because of that: then nothing is known of
   * it, unless it says that it did nothing. In a scope that is over nothing is of interest any more.
   */
  async outcomeOf(scope: Scope, step: StepIdentity, work: Promise<unknown>): Promise<Made | undefined> {
    const { handOver, life } = this.#parts
    try {
      const value = await work
      return scope.over?.aborted ? undefined : { kind: 'value', value }
    } catch (error) {
      if (scope.over?.aborted) return undefined
      if (!life.isCut) return { kind: 'error', error }
      if (hasCause(error, life.stopReason)) handOver.holdBack(step)
      return undefined
    }
  }

  /** Opens a question to a model, once it has been given what was sent to the task before. */
  async openSteered(step: StepIdentity, toSpec: () => WaitSpec): Promise<void> {
    const { atWork, life, steps, writer } = this.#parts
    atWork.enterBody()
    try {
      do await writer.saved()
      while (this.#takeSteers(step))
      if (!life.isOver) steps.open(step, toSpec())
    } catch (error) {
      steps.fail(step, error)
    } finally {
      atWork.leaveBody()
    }
  }

  /** Puts on record that a model step takes what was sent to the task. @returns whether there was anything new */
  #takeSteers(step: StepIdentity): boolean {
    const { journal, writer } = this.#parts
    const steers = journal.steering.untaken()
    if (steers.length === 0) return false
    const taken: Taken = { type: 'taken', ...step, at: Date.now(), steers }
    journal.add(taken)
    writer.attempt(taken)
    return true
  }
}
