import type { ClaimStore, HeldClaim } from '@longhaul/task'
import type { Logger } from 'pino'
import type { Held, HeldTasks } from './held-tasks.ts'
import type { Renewal } from './lease-messages.ts'

export interface ClaimNewsOptions {
  readonly claims: Pick<ClaimStore, 'carryOver'>
  readonly log: Logger
}

/** What becomes known of the claims of this worker's tasks from elsewhere, and what that means for the tasks. */
export class ClaimNews {
  readonly #held: HeldTasks
  readonly #claims: ClaimNewsOptions['claims']
  readonly #log: Logger

  constructor(held: HeldTasks, { claims, log }: ClaimNewsOptions) {
    this.#held = held
    this.#claims = claims
    this.#log = log
  }

  /** What the keeper of the leases found out about a claim. */
  learn({ taskId, runId, isClaimed, records }: Renewal): void {
    const held = this.#held.get(taskId)
    // Others may be of a claim that is under way, or was let go meanwhile.
    if (held?.claimed.runId !== runId) return
    // Of one that was under way when the store was asked, the store knew nothing.
    if (records === undefined && isClaimed)
      held.lose('its lease is gone: it has ended, or another worker has taken it over')
    else if (records !== undefined && records > held.claimed.ledger.known) held.running.lookAgain()
  }

  /**
   * After the store lost its newest records: goes on with what is still there whole, and lets the rest go. A task that
   * was claimed after `soundAt` (performance.now()), or is being claimed, may know nothing of what is forgotten: it goes
   * on at its next step with another claim, which knows.
   */
  async carryOver(soundAt: number): Promise<void> {
    const held = this.#held.entries()
    const older = new Map(held.filter(([, { claimedAt }]) => claimedAt <= soundAt))
    const claimAnew = ({ running }: Held, taskId: string) => {
      this.#log.warn({ taskId }, 'the task was claimed while the store may have lost records; it is claimed anew')
      running.handOver()
    }
    for (const [taskId, one] of held) if (!older.has(taskId)) claimAnew(one, taskId)
    this.#held.tellComing(claimAnew)
    if (older.size === 0) return
    const { lost } = await this.#claims.carryOver([...older].map(toHeldClaim))
    for (const taskId of lost) {
      const one = older.get(taskId)
      // A task that was let go and claimed anew meanwhile is another claim than the one that was asked about.
      if (one && this.#held.get(taskId) === one) one.lose('the store has lost records of it')
    }
  }

  /** News of a task in hand, or on its way here. */
  hear(news: 'lost' | 'grown', taskId: string): void {
    this.#held.tell(taskId, ({ running, lose }) => {
      if (news === 'grown') running.lookAgain()
      else lose('it was cancelled, or its time was over')
    })
  }
}

const toHeldClaim = ([taskId, { claimed }]: [string, Held]): HeldClaim => ({
  taskId,
  token: claimed.token,
  known: claimed.ledger.known,
})
