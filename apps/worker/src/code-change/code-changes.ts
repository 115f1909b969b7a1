import type { Ended, Tool } from '@longhaul/runtime'
import {
  type Claimed,
  codeRecord,
  codeVersionOf,
  hasMixedCode,
  type JournalEntry,
  type LiveWorker,
  lacksVersion,
  type Outcome,
  type Settings,
  toWakeUp,
  type Wait,
  type WakeUp,
} from '@longhaul/task'
import type { Logger } from 'pino'
import { type Change, describeChange, openQuestion, readAsked, toQuestion } from './code-question.ts'

/** As often, in grace times of a wake-up, it is looked whether a version that has gone is back. */
const LOOK_AGAIN_GRACES = 2
/** Internal error of JSON-RPC. */
const INTERNAL = -32603

export interface CodeChangesOptions {
  readonly worker: string
  /** The workers that live. */
  readonly live: () => Promise<readonly LiveWorker[]>
  /** When a worker last announced a version of a tool, Unix ms. */
  readonly seenAt: (tool: string, version: string) => Promise<number>
  readonly handOver: (worker: string, wakeUp: WakeUp) => Promise<void>
  readonly settings: Pick<Settings, 'onCodeChange' | 'catalogGraceMs' | 'wakeGraceMs' | 'questionDeadlineMs'>
  readonly log: Logger
}

/** A task in hand, with the tool that this worker has for it. */
export interface InHand {
  readonly taskId: string
  readonly claimed: Claimed
  readonly tool: Tool
}

/** It goes on here. */
export interface Ready {
  readonly kind: 'ready'
  readonly claimed: Claimed
  readonly isOtherCode: boolean
}
/** `ended` is undefined where nobody is to be woken for it. */
export type Settled = Ready | { readonly kind: 'let_go'; readonly ended: Ended | undefined }

const ENDED_BY = { finished: 'finished', handed_back: 'handed_back', paused: 'suspended', stale: 'lost' } as const
const NOTHING = { entries: [], waits: [] }

/** What becomes of tasks whose tool is of another version here than they began with. */
export class CodeChanges {
  readonly #options: CodeChangesOptions

  constructor(options: CodeChangesOptions) {
    this.#options = options
  }

  /** A task for which there is nothing to settle. */
  look({ claimed, tool }: InHand): Ready | undefined {
    const { journal, waits } = claimed
    if (changeOf(claimed, tool) || openQuestion(waits)) return undefined
    return { kind: 'ready', claimed, isOtherCode: isOtherCode(tool, journal) }
  }

  /** Decides about a task that began with another version, or was asked about. */
  async settle(inHand: InHand): Promise<Settled> {
    const { taskId, claimed, tool } = inHand
    const { journal, waits } = claimed
    const change = changeOf(claimed, tool)
    if (!change) {
      const idle = openQuestion(waits)
      if (idle) await claimed.ledger.withdraw(idle)
      return { kind: 'ready', claimed, isOtherCode: isOtherCode(tool, journal) }
    }
    const holder = await this.#findWorker(claimed, change)
    if (holder !== undefined) return this.#handTo(holder, taskId, claimed)
    const hasBegun = journal.length > 0 || claimed.interrupted
    const policy = tool.onCodeChange ?? this.#options.settings.onCodeChange
    if (!hasBegun || policy === 'continue') return this.#goOn(inHand, change)
    const graceMs = await this.#graceMs(change)
    if (graceMs > 0) return this.#await(claimed, change, graceMs)
    return policy === 'ask' ? this.#ask(inHand, change) : this.#fail(claimed, describeChange(change))
  }

  /** Another worker that has the version of the task; one with room, where there is one. */
  async #findWorker({ head }: Claimed, { tool, from }: Change): Promise<string | undefined> {
    const { live, worker } = this.#options
    const offering = (await live()).filter(
      ({ id, queues, versions }) => id !== worker && queues.includes(head.queue) && versions[tool] === from,
    )
    const withRoom = offering.filter(({ running, concurrency, queues }) => running < concurrency * queues.length)
    const choice = withRoom.length > 0 ? withRoom : offering
    return choice[Math.floor(Math.random() * choice.length)]?.id
  }

  /** Should the message be lost, or that worker be gone, the task is due again after the grace of a wake-up. */
  async #handTo(worker: string, taskId: string, { ledger, head }: Claimed): Promise<Settled> {
    const { handOver, settings, log } = this.#options
    const { kind } = await ledger.handBack({ ...NOTHING, dueInMs: settings.wakeGraceMs })
    if (kind !== 'stale') await handOver(worker, toWakeUp(taskId, head))
    log.debug({ taskId, worker }, 'the task goes on with a worker that has its version of the tool')
    return { kind: 'let_go', ended: undefined }
  }

  async #goOn({ taskId, claimed, tool: found }: InHand, { tool, from, to }: Change): Promise<Settled> {
    const { log } = this.#options
    const record = codeRecord(to)
    const saved = await claimed.ledger.save({ entries: [record], waits: [] })
    if (saved.kind === 'stale') return { kind: 'let_go', ended: 'lost' }
    // Nothing begins here any more, and nobody would say so a second time.
    if (saved.tail.some(({ type }) => type === 'paused')) return this.#letGo(claimed)
    log.info({ taskId, tool, from, to }, 'the task goes on with another version of its tool')
    const journal = [...claimed.journal, ...saved.tail, record]
    return { kind: 'ready', claimed: { ...claimed, journal }, isOtherCode: isOtherCode(found, journal) }
  }

  /** How long the version may still come back, as far as anybody asks or fails because of it. */
  async #graceMs({ tool, from }: Change): Promise<number> {
    const { seenAt, settings } = this.#options
    return (await seenAt(tool, from)) + settings.catalogGraceMs - Date.now()
  }

  async #await({ ledger }: Claimed, { tool, from }: Change, graceMs: number): Promise<Settled> {
    const dueInMs = Math.min(graceMs, LOOK_AGAIN_GRACES * this.#options.settings.wakeGraceMs)
    await ledger.handBack({ ...NOTHING, dueInMs, reason: lacksVersion(tool, from) })
    return { kind: 'let_go', ended: undefined }
  }

  async #ask(inHand: InHand, change: Change): Promise<Settled> {
    const { claimed } = inHand
    const { journal, waits, head, ledger } = claimed
    const asked = readAsked(journal, waits, change)
    if (asked.kind === 'decided' && asked.decision === 'continue') return this.#goOn(inHand, change)
    const what = describeChange(change)
    if (asked.kind === 'decided') return this.#fail(claimed, `${what} It was decided to end the task.`)
    if (asked.kind === 'unanswered') return this.#fail(claimed, `${what} Nobody answered whether it should go on.`)
    if (!head.audience.elicitation) return this.#fail(claimed, `${what} Nobody can be asked whether it should go on.`)
    if (asked.kind === 'open') return this.#suspend(claimed, waits)
    const before = openQuestion(waits)
    if (before) await ledger.withdraw(before)
    const question = toQuestion(change, asked.nth, Date.now() + this.#options.settings.questionDeadlineMs)
    const others = waits.filter((wait) => wait !== before)
    return this.#suspend(claimed, [...others, question], question)
  }

  /** @param opened of `waits`, what it did not wait for before */
  async #suspend(claimed: Claimed, waits: readonly Wait[], opened?: Wait): Promise<Settled> {
    const { ledger, interrupted } = claimed
    const dueAt = Math.min(...waits.map(({ deadline }) => deadline))
    const write = { entries: [], waits: opened ? [opened] : [], dueAt, isInterrupted: interrupted }
    const { kind } = await ledger.suspend(write)
    if (kind !== 'resumed') return { kind: 'let_go', ended: kind === 'stale' ? 'lost' : kind }
    // Something was resolved meanwhile: that question, or what else the task waits for.
    return this.#letGo(claimed)
  }

  async #letGo({ ledger }: Claimed): Promise<Settled> {
    const { kind } = await ledger.handBack({ ...NOTHING, dueInMs: 0 })
    return { kind: 'let_go', ended: ENDED_BY[kind] }
  }

  async #fail(claimed: Claimed, message: string): Promise<Settled> {
    const error = { code: INTERNAL, message: `code_changed: ${message} A retry goes on with the code as it is then.` }
    const outcome: Outcome = { kind: 'error', error }
    const { kind } = await claimed.ledger.finish({ ...NOTHING, outcome, isInterrupted: claimed.interrupted })
    return { kind: 'let_go', ended: ENDED_BY[kind] }
  }
}

function changeOf({ head, journal }: Claimed, { name, version: to, mindsVersion }: Tool): Change | undefined {
  const from = codeVersionOf(head, journal)
  if (from === undefined || to === undefined || from === to) return undefined
  return mindsVersion && !mindsVersion({ head, journal }) ? undefined : { tool: name, from, to }
}

/** Whether what is on record has to fit before anything new is done. */
const isOtherCode = ({ mindsVersion }: Tool, journal: readonly JournalEntry[]): boolean =>
  mindsVersion === undefined && hasMixedCode(journal)
