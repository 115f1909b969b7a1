import { setTimeout as delay } from 'node:timers/promises'
import { chooseVictim } from './choose-victim.ts'
import type { Installation } from './installation.ts'
import type { Member } from './member.ts'
import type { PlannedFault } from './plan.ts'
import type { Recorder } from './recorder.ts'
import { strike } from './strike.ts'

/** A fault as it came about. */
export interface FaultSeen {
  readonly planned: PlannedFault
  readonly at: number
  /** Unix ms at which it was over; for a kill, when the process that took its place was there. */
  endedAt?: number
  /** Whom it hit; empty where it was the store. */
  readonly victim: string
  readonly pid: number
  /** Receipts of the effects that it hit in the middle. */
  readonly interrupted: readonly number[]
}

/** A process that was killed stays dead, whatever took its place. */
export const lastedUntil = ({ planned, pid, endedAt }: FaultSeen): number =>
  endedAt === undefined || (planned.kind.startsWith('kill') && pid > 0) ? Number.POSITIVE_INFINITY : endedAt

export interface StormOptions {
  readonly installation: Installation
  readonly recorder: Recorder
  readonly faults: readonly PlannedFault[]
  readonly onFault: (fault: FaultSeen) => void
  /** Told how a process ended that was asked to. */
  readonly onDrained: (name: string, exitCode: number | null) => void
  /** Resolves when tasks wait whose code is to change. */
  readonly untilReady: () => Promise<unknown>
  /** Told when every worker has the new code. */
  readonly onChanged: () => void
  readonly signal: AbortSignal
}

/** How long a fault waits for a victim that is in the middle of an effect, before it takes any. */
const PREFER_FOR_MS = 1500
const LOOK_MS = 20
/** Before a fault that comes after a long pause, tasks begin for so long. */
const RUN_UP_MS = 1500
/** A fault that finds nobody for so long does not take place. */
const GIVE_UP_AFTER_MS = 30_000

/** Makes the faults of a plan happen, one after the other; those that last overlap. */
export class Storm {
  readonly seen: FaultSeen[] = []
  readonly #options: StormOptions
  readonly #lasting = new Set<Promise<void>>()
  readonly #failed = Promise.withResolvers<never>()
  #begun = 0
  /** Since when the next fault is waited for; undefined while one is on its way, or all have to be over before it. */
  #waitsSince: number | undefined

  constructor(options: StormOptions) {
    this.#options = options
    this.#failed.promise.catch(() => {})
  }

  /** Faults of the plan that have begun. */
  get begun(): number {
    return this.#begun
  }

  /** How much of the time that the plan takes is over: from 0 to 1. */
  get progress(): number {
    const gaps = this.#options.faults.map(({ gapMs }) => gapMs)
    const begun = this.#begun
    if (begun === gaps.length) return 1
    // What is due until the next fault comes shortly before it, so that it hits something.
    const gap = gaps[begun] ?? 0
    const waitedMs = this.#waitsSince === undefined ? 0 : Date.now() - this.#waitsSince
    const share = Math.max(0, Math.min(1, 1 - (gap - waitedMs) / Math.min(gap, RUN_UP_MS)))
    return (gaps.slice(0, begun).reduce(add, 0) + share * gap) / gaps.reduce(add, 0)
  }

  /** Resolves when all faults are over. @throws Error when a process could not be started again */
  async run(): Promise<void> {
    await Promise.race([this.#makeAll(), this.#failed.promise])
  }

  async #makeAll(): Promise<void> {
    const { faults, signal } = this.#options
    for (const [place, fault] of faults.entries()) {
      if (fault.phase === 'calm' && faults[place - 1]?.phase === 'storm') await this.#over()
      this.#waitsSince = Date.now()
      await delay(fault.gapMs, undefined, { signal })
      this.#waitsSince = undefined
      await this.#make(fault)
    }
    await this.#over()
  }

  /** Resolves when everything is up again. */
  async #over(): Promise<void> {
    while (this.#lasting.size > 0) await Promise.all(this.#lasting)
  }

  async #make(fault: PlannedFault): Promise<void> {
    this.#begun++
    if (fault.kind === 'restart-store' || fault.kind === 'kill-store') return this.#restartStore(fault)
    const victim = fault.kind === 'rolling-restart' ? undefined : await this.#choose(fault)
    if (!victim && fault.kind !== 'rolling-restart') return
    const lasting = (victim ? this.#strike(fault, victim) : this.#roll(fault))
      .catch((error: unknown) => this.#failed.reject(error))
      .finally(() => this.#lasting.delete(lasting))
    this.#lasting.add(lasting)
  }

  async #strike(fault: PlannedFault, victim: Member): Promise<void> {
    const { recorder, onDrained, signal } = this.#options
    const seen = this.#note(fault, victim)
    const exitCode = await strike(fault, victim, signal)
    if (exitCode !== undefined) onDrained(victim.name, exitCode)
    // Of a process that is no more, nothing goes on.
    if (victim.pid !== seen.pid) recorder.forget(seen.pid)
    seen.endedAt = Date.now()
  }

  /** Every process is asked to end, and started again with other code, one after the other. */
  async #roll(fault: PlannedFault): Promise<void> {
    const { installation, untilReady, onChanged, signal } = this.#options
    await Promise.race([untilReady(), delay(GIVE_UP_AFTER_MS, undefined, { signal, ref: false })])
    this.#note(fault, undefined).endedAt = Date.now()
    for (const member of installation.members) {
      while (member.state !== 'up') await delay(LOOK_MS, undefined, { signal })
      member.changeCode()
      await this.#strike({ ...fault, kind: `drain-${member.role}` }, member)
    }
    onChanged()
  }

  async #restartStore(fault: PlannedFault): Promise<void> {
    const seen = this.#note(fault, undefined)
    await this.#options.installation.store.restart(fault.kind === 'kill-store' ? 'SIGKILL' : 'SIGTERM')
    seen.endedAt = Date.now()
  }

  #note(planned: PlannedFault, victim: Member | undefined): FaultSeen {
    const pid = victim?.pid ?? -1
    const interrupted = this.#options.recorder.running(pid).map(({ receipt }) => receipt)
    const seen: FaultSeen = { planned, at: Date.now(), victim: victim?.name ?? '', pid, interrupted }
    this.seen.push(seen)
    this.#options.onFault(seen)
    return seen
  }

  /** Waits for one that is in the middle of an effect, then for any. Undefined when nobody can be hit. */
  async #choose(fault: PlannedFault): Promise<Member | undefined> {
    const since = Date.now()
    for (;;) {
      const waitedMs = Date.now() - since
      const victim = chooseVictim(fault, this.#options, waitedMs < PREFER_FOR_MS)
      if (victim || waitedMs > GIVE_UP_AFTER_MS) return victim
      await delay(LOOK_MS, undefined, { signal: this.#options.signal })
    }
  }
}

const add = (sum: number, one: number): number => sum + one
