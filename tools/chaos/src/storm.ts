import { setTimeout as delay } from 'node:timers/promises'
import type { Installation } from './installation.ts'
import type { Member } from './member.ts'
import type { PlannedFault } from './plan.ts'
import type { Recorder } from './recorder.ts'

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

export interface StormOptions {
  readonly installation: Installation
  readonly recorder: Recorder
  readonly faults: readonly PlannedFault[]
  readonly onFault: (fault: FaultSeen) => void
  /** Told how a process ended that was asked to. */
  readonly onDrained: (name: string, exitCode: number | null) => void
  readonly signal: AbortSignal
}

/** How long a fault waits for a victim that is in the middle of an effect, before it takes any. */
const PREFER_FOR_MS = 1500
const LOOK_MS = 20
/** Before a fault that comes after a long pause, tasks begin for so long. */
const RUN_UP_MS = 1500
/** A worker that was too late says so in its next heartbeat: so long it is left alone. */
const REST_MS = 1500
/** A task whose worker was lost so often without any effect coming to its end is left alone: five times fail it. */
const MOST_FRUITLESS = 3

/** Makes the faults of a plan happen, one after the other; those that last overlap. */
export class Storm {
  readonly seen: FaultSeen[] = []
  readonly #options: StormOptions
  readonly #lasting = new Set<Promise<void>>()
  readonly #failed = Promise.withResolvers<never>()
  #begun = 0
  #lastAt = Date.now()

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
    const share = Math.max(0, Math.min(1, 1 - (gap - (Date.now() - this.#lastAt)) / Math.min(gap, RUN_UP_MS)))
    return (gaps.slice(0, begun).reduce(add, 0) + share * gap) / gaps.reduce(add, 0)
  }

  /** Resolves when all faults are over. @throws Error when a process could not be started again */
  async run(): Promise<void> {
    await Promise.race([this.#makeAll(), this.#failed.promise])
  }

  async #makeAll(): Promise<void> {
    const { faults, signal } = this.#options
    this.#lastAt = Date.now()
    for (const [place, fault] of faults.entries()) {
      if (fault.phase === 'calm' && faults[place - 1]?.phase === 'storm') await this.#over()
      await delay(fault.gapMs, undefined, { signal })
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
    this.#lastAt = Date.now()
    if (fault.kind === 'restart-store' || fault.kind === 'kill-store') return this.#restartStore(fault)
    const lasting = (
      fault.kind === 'rolling-restart' ? this.#roll(fault) : this.#strike(fault, await this.#choose(fault))
    )
      .catch((error: unknown) => this.#failed.reject(error))
      .finally(() => this.#lasting.delete(lasting))
    this.#lasting.add(lasting)
  }

  async #strike(fault: PlannedFault, victim: Member): Promise<void> {
    const seen = this.#note(fault, victim)
    await this.#hit(fault, victim)
    seen.endedAt = Date.now()
  }

  /** Every process is asked to end, and started again, one after the other. */
  async #roll(fault: PlannedFault): Promise<void> {
    const { installation, signal } = this.#options
    this.#note(fault, undefined).endedAt = Date.now()
    for (const member of installation.members) {
      while (member.state !== 'up') await delay(LOOK_MS, undefined, { signal })
      await this.#strike({ ...fault, kind: `drain-${member.role}` }, member)
    }
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

  async #hit({ kind, forMs }: PlannedFault, victim: Member): Promise<void> {
    const { recorder, signal } = this.#options
    switch (kind) {
      case 'kill-worker':
      case 'kill-coordinator': {
        const { pid } = victim
        await victim.end('SIGKILL')
        recorder.forget(pid)
        signal.throwIfAborted()
        return victim.start()
      }
      case 'drain-worker':
      case 'drain-coordinator':
        this.#options.onDrained(victim.name, await victim.end('SIGTERM'))
        signal.throwIfAborted()
        return victim.start()
      case 'freeze-worker':
      case 'freeze-coordinator':
        victim.freeze()
        await delay(forMs, undefined, { signal })
        return victim.thaw()
      case 'stall-worker':
      case 'delay-worker':
        victim.state = 'apart'
        victim.proxy.freeze()
        await delay(forMs, undefined, { signal })
        victim.proxy.thaw()
        return victim.setUp()
      case 'cut-worker':
        victim.state = 'apart'
        await victim.proxy.cut()
        await delay(forMs, undefined, { signal })
        await victim.proxy.restore()
        return victim.setUp()
      default:
        throw new Error(`${kind} hits no process.`)
    }
  }

  /** One that is up, in the middle of an effect if there is any such, with at least one other like it up as well. */
  async #choose({ kind, phase, pick }: PlannedFault): Promise<Member> {
    const { installation, recorder, signal } = this.#options
    const isWorker = kind.endsWith('worker')
    const since = Date.now()
    for (;;) {
      const up = (isWorker ? installation.workers : installation.coordinators).filter(({ state }) => state === 'up')
      const rested = up.filter(({ upSince, pid }) => Date.now() - upSince > REST_MS && !this.#isSpared(pid))
      const working = isWorker ? rested.filter(({ pid }) => recorder.running(pid).length > 0) : rested
      const candidates = working.length > 0 || Date.now() - since < PREFER_FOR_MS ? working : rested
      const victim = phase === 'calm' ? this.#busiest(candidates) : candidates[Math.floor(pick * candidates.length)]
      if (victim && up.length > 1) return victim
      await delay(LOOK_MS, undefined, { signal })
    }
  }

  #busiest(members: readonly Member[]): Member | undefined {
    const effects = (member: Member) => this.#options.recorder.running(member.pid).length
    return members.toSorted((one, other) => effects(other) - effects(one))[0]
  }

  #isSpared(pid: number): boolean {
    const { recorder, installation } = this.#options
    // What runs alone ends with its worker, and nobody outside knows which that is.
    const isOther = (other: number) => installation.members.every((member) => member.pid !== other)
    return recorder
      .running()
      .some(
        (effect) => recorder.fruitless(effect.taskId) >= MOST_FRUITLESS && (effect.pid === pid || isOther(effect.pid)),
      )
  }
}

const add = (sum: number, one: number): number => sum + one
