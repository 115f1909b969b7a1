import {
  type Audience,
  accountsOf,
  type Claimed,
  Conversations,
  dailyBudgetOf,
  isOutcome,
  type JournalEntry,
  type Ledger,
  type Outcome,
  type Settings,
  type TaskDraft,
  type TaskHead,
  type TraceContext,
  type WakeUp,
} from '@longhaul/task'
import { Asides } from './asides.ts'
import { AtWork } from './at-work.ts'
import { AttemptLog } from './attempt-log.ts'
import { Bodies } from './bodies.ts'
import { Calls } from './calls.ts'
import { DeltaSender } from './delta-sender.ts'
import { Fitting } from './fitting.ts'
import { HandOver } from './hand-over.ts'
import { Journal } from './journal.ts'
import { Life } from './life.ts'
import { ProgressSender } from './progress-sender.ts'
import { Rest } from './rest.ts'
import { Steps } from './steps.ts'
import { TaskClock } from './task-clock.ts'
import { Timers } from './timers.ts'
import { Writer } from './writer.ts'

export interface ActivationOptions {
  readonly taskId: string
  readonly claimed: Claimed
  readonly settings: Settings
  /** Told why the store could not be written to, where that is more than a lost claim. */
  readonly onStoreError?: (error: unknown) => void
  /** Told of children that the task has made just now. */
  readonly onChildren: (children: readonly TaskDraft[]) => void
  /** Told of tasks that can go on now, since there is room for them in a budget. */
  readonly onWoken: (woken: readonly WakeUp[]) => void
}

/**
 * One stretch of running of a task: what its claim brought is replayed, what its code calls beyond that is begun, what
 * comes of it is kept, and it ends when it can only wait. After it has ended, for whatever reason, no promise of it settles
 * and no call on it starts anything (invariant 6). Its parts, in the order in which a step passes through them:
 */
export class Activation {
  readonly taskId: string
  readonly settings: Settings
  readonly head: TaskHead
  readonly audience: Audience
  readonly trace: TraceContext
  /** Whether what it spends is counted: for it, for a task above, or for its owner's day. */
  readonly isBudgeted: boolean
  /** Whether one of these budgets is one in money. */
  readonly isMoneyLimited: boolean
  readonly ledger: Ledger

  /** What is on record, the newest included. */
  readonly journal: Journal
  readonly conversations: Conversations
  /** How code hears of it: `steps.call` asks here. */
  readonly calls: Calls
  /** Whether other code comes to all of it. */
  readonly fitting: Fitting
  /** What it calls. */
  readonly steps: Steps
  /** What is new of that is attempted. */
  readonly bodies: Bodies
  readonly attempts: AttemptLog
  readonly atWork: AtWork
  /** Keys of calls that were made again, by the key of the first. */
  readonly again = new Map<string, readonly string[]>()
  readonly timers = new Timers()
  readonly clock: TaskClock
  readonly progress: ProgressSender
  readonly asides: Asides
  /** What is to be saved. */
  readonly writer: Writer
  /** How the activation comes to its end: it can only wait, another worker goes on, or `finish`. */
  readonly rest: Rest
  readonly handOver: HandOver
  readonly life: Life

  constructor({ taskId, claimed, settings, onStoreError, onChildren, onWoken }: ActivationOptions) {
    const { head, ledger } = claimed
    this.taskId = taskId
    this.settings = settings
    this.head = head
    this.audience = head.audience
    this.trace = head.trace ?? {}
    const daily = dailyBudgetOf(head, settings.dailyBudgets)
    const budgets = [...accountsOf(taskId, head).map(({ budget }) => budget), ...(daily ? [daily] : [])]
    this.isBudgeted = budgets.length > 0
    this.isMoneyLimited = budgets.some(({ costUsd }) => costUsd !== undefined)
    this.ledger = ledger
    this.journal = new Journal(claimed.journal, claimed.waits)
    this.conversations = new Conversations({ taskId, outcomeOf: (step) => this.journal.outcome(step)?.entry })
    const { createdAt, startAt = createdAt } = head
    this.clock = new TaskClock(startAt, claimed.clock, claimed.waits)
    this.calls = new Calls(this.journal, () => this.rest.begin())
    this.fitting = new Fitting(this.journal, this.calls, head.retriedFrom !== undefined)
    this.progress = new ProgressSender({ ledger, last: claimed.progress, intervalMs: settings.progressIntervalMs })
    this.asides = new Asides({ ledger, most: settings.eventsPerPartition })
    this.writer = new Writer({
      ledger,
      onChildren,
      onWoken,
      onTail: (tail) => this.#learn(tail),
      onLost: (error) => {
        if (error !== undefined) onStoreError?.(error)
        this.life.end('lost', error)
      },
    })
    this.attempts = new AttemptLog({ journal: this.journal, writer: this.writer, amnesia: claimed.amnesia })
    this.life = new Life(this)
    this.atWork = new AtWork(this)
    this.handOver = new HandOver(this)
    this.steps = new Steps(this)
    this.bodies = new Bodies(this)
    this.rest = new Rest(this)
  }

  /** The same for every attempt of the step, also in a retry of the task. */
  idempotencyKey(key: string): string {
    return `${this.head.origin ?? this.taskId}/${key}`
  }

  /** Where a step can tell what its model says while it says it; nowhere when that is turned off. */
  openDeltas(step: string, attempt: number): DeltaSender | undefined {
    const { deltaIntervalMs: intervalMs } = this.settings
    return intervalMs > 0 ? new DeltaSender({ ledger: this.ledger, step, attempt, intervalMs }) : undefined
  }

  /** Says to whoever follows the task why it does not go on. */
  tellWhy(why: string): void {
    this.asides.say((ledger) => ledger.log('notice', why))
  }

  /** Asks the store whether others have added to the journal. */
  lookAgain(): void {
    if (!this.life.isOver) void this.writer.look()
  }

  /** Takes in what others have appended. */
  #learn(tail: readonly JournalEntry[]): void {
    for (const entry of tail) {
      if (entry.type === 'paused') this.handOver.begin()
      if (isOutcome(entry)) this.clock.resume(entry.key)
      const recorded = this.journal.add(entry)
      if (recorded) this.calls.tell(recorded)
    }
  }

  /** Ends it with the end of the task. What other branches of the code may still be at counts for nothing. */
  async finish(outcome: Outcome): Promise<void> {
    this.life.close()
    await this.progress.settled()
    const { steering } = this.journal
    // Run anew, the code comes to where it is.
    const became = await this.writer.finish(outcome, () =>
      steering.isUnseen ? { dueInMs: this.settings.wakeGraceMs } : undefined,
    )
    this.life.end(became === 'paused' ? 'suspended' : became)
  }
}
