import { setImmediate as turn } from 'node:timers/promises'
import {
  type Claimed,
  isOutcome,
  isTerminal,
  type JournalEntry,
  type Ledger,
  type Outcome,
  type Wait,
} from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, startBench } from '../test/drive-task.ts'
import { Random } from '../test/random.ts'
import { buildProgram, type RandomProgram, type Trace } from '../test/random-program.ts'
import { type Running, toCatalogEntry } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

/** What programs call. Nobody runs it: the test says what it comes to. */
const CALLED = toCatalogEntry(defineProgram(() => 'done', { name: 'called' }))

/** Activations after which a program is left alone, so that it comes to its end. */
const TROUBLED_ACTIVATIONS = 8

const cases = Number(process.env.REPLAY_CASES ?? 10)
const first = Number(process.env.REPLAY_SEED ?? 1)
const perTest = 30

describe('a random program, interrupted and answered at random', () => {
  test.each(Array.from({ length: cases }, (_, n) => first + n * perTest))(
    'hears and does the same on every replay (seeds from %i)',
    async (from) => {
      for (let seed = from; seed < from + perTest; seed++) {
        await new Trial(seed).run().catch((error: Error) => {
          error.message = `seed ${seed}: ${error.message}`
          throw error
        })
      }
    },
  )
})

/** One random program from its submission to its end, and replayed once more after it. */
class Trial {
  readonly #random: Random
  readonly #program: RandomProgram
  /** What is known for good of the events of each part of the program. */
  readonly #settled: Trace = new Map()
  readonly #zombies: Running[] = []
  #last: { readonly claimed: Claimed; readonly events: Trace } | undefined
  /** Attempts at steps that must not be repeated silently. */
  readonly #attempts = new Map<string, Set<number>>()
  readonly #repeats = new Map<string, number>()

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#program = buildProgram(new Random(seed))
  }

  async run(): Promise<void> {
    const task = await bench.submit(this.#program.observedBy({ trace: new Map(), onEffect: () => {} }), {
      settings: { maxInlineBytes: 300 },
      callable: CALLED,
    })
    for (let count = 0; ; count++) {
      if (count > 60) throw new Error('does not come to an end')
      const claimed = await this.#claim(task)
      if (!claimed) return this.#replay(task)
      const { running, events } = this.#activateWith(task, claimed)
      this.#last = { claimed, events }
      await this.#disturb(task, running, count < TROUBLED_ACTIVATIONS)
      this.#check(events, await task.journal())
    }
  }

  /** Wakes the task if it only waits. Gives nothing when it is over. */
  async #claim(task: DrivenTask): Promise<Claimed | undefined> {
    for (;;) {
      const claimed = await task.claimIfRunnable()
      if (claimed) return claimed
      if (isTerminal((await task.store.read(task.id))?.status ?? 'failed')) return undefined
      if (!(await this.#resolveOne(task))) await turn()
      else while (this.#random.below(2) === 0) await this.#resolveOne(task)
    }
  }

  #activateWith(task: DrivenTask, claimed: Claimed): { running: Running; events: Trace } {
    const events: Trace = new Map()
    const journaled = outcomeKeys(claimed.journal)
    task.tool = this.#program.observedBy({
      trace: events,
      onEffect: ({ key, inDoubt, attempt, retries }) => {
        expect(journaled, `the journaled step ${key} is not done again`).not.toContain(key)
        expect(journaled, `the attempt of ${key} that failed is not made again`).not.toContain(`${key}!r${attempt}`)
        if (inDoubt === 'repeat') return
        const attempts = this.#attempts.get(key) ?? new Set()
        expect([...attempts], `attempts at ${key}`).not.toContain(attempt)
        this.#attempts.set(key, attempts.add(attempt))
        expect(attempts.size, `attempts at ${key}`).toBeLessThanOrEqual(1 + retries + (this.#repeats.get(key) ?? 0))
      },
    })
    // Code that is the same fits, whatever it is taken for.
    task.isOtherCode = this.#random.below(2) === 0
    return { running: task.activateWith(claimed), events }
  }

  /** Resolves waits and interrupts while an activation runs. */
  async #disturb(task: DrivenTask, running: Running, mayInterrupt: boolean): Promise<void> {
    let hasEnded = false
    void running.ended.then(() => {
      hasEnded = true
    })
    while (!hasEnded) {
      const what = this.#random.below(mayInterrupt ? 8 : 5)
      // Nobody else ends the timers of a task that runs.
      if (what === 0) await this.#resolveOne(task, ['question', 'child'])
      else if (what === 1) running.lookAgain()
      else if (what === 5 && this.#random.below(3) === 0) running.stop(new Error('crash'))
      else if (what === 6 && this.#random.below(3) === 0) {
        // Frozen, as far as others can see; it goes on until it finds out.
        this.#zombies.push(running)
        return
      } else if (what === 7 && this.#random.below(3) === 0) {
        running.handOver()
        if (this.#random.below(2) === 0) running.abort(new Error('stop'))
        if (this.#random.below(4) === 0) running.letGo()
      } else await turn()
    }
  }

  async #resolveOne(
    task: DrivenTask,
    kinds: readonly Wait['wait'][] = ['question', 'timer', 'child'],
  ): Promise<boolean> {
    const isOver = (wait: Wait) => wait.wait !== 'timer' || wait.deadline <= Date.now()
    const open = (await task.waits()).filter((wait) => kinds.includes(wait.wait) && isOver(wait))
    if (open.length === 0) return false
    const { key, wait } = this.#random.pick(open)
    if (wait === 'timer') return (await task.elapse(key)) !== 'not_open'
    if (wait === 'child') {
      const failed = this.#random.below(4) === 0
      const value = { content: [{ type: 'text', text: `${this.#random.below(100)}` }] }
      return (await task.resolve(key, failed ? { error: 'failed' } : { value })) !== 'not_open'
    }
    if (!key.includes('!')) {
      const refused = this.#random.below(4) === 0
      const value = { action: 'accept', content: { n: this.#random.below(100) } }
      return (await task.resolve(key, refused ? { error: 'refused' } : { value })) !== 'not_open'
    }
    const decision = this.#random.pick(['repeat', 'repeat', 'fail'])
    const step = key.slice(0, key.indexOf('!'))
    // Counted before: the activation may hear of it at once.
    if (decision === 'repeat') this.#repeats.set(step, (this.#repeats.get(step) ?? 0) + 1)
    return (await task.answer(key, { decision })) !== 'not_open'
  }

  /** What was heard and is journaled was heard in the same order, and led to the same calls, in each activation. */
  #check(events: Trace, journal: readonly JournalEntry[]): void {
    const journaled = outcomeKeys(journal)
    for (const [prefix, heard] of events) {
      const before = this.#settled.get(prefix) ?? []
      const length = Math.min(before.length, heard.length)
      expect(heard.slice(0, length), `replay of '${prefix}'`).toEqual(before.slice(0, length))
      const settled = heard.slice(0, settledLength(prefix, heard, journaled))
      if (settled.length > before.length) this.#settled.set(prefix, settled)
    }
  }

  /** With all that is journaled at hand, the program comes to the same end by the same way, without the store. */
  async #replay(task: DrivenTask): Promise<void> {
    for (const zombie of this.#zombies) zombie.stop(new Error('over'))
    if (!this.#last) throw new Error('The task was over before it began.')
    const { claimed, events: last } = this.#last
    const outcome = Promise.withResolvers<Outcome>()
    const ledger: Ledger = {
      known: 0,
      journalBytes: 0,
      isOwing: false,
      save: async () => ({ kind: 'saved', tail: [] }),
      suspend: async () => {
        throw new Error('A finished task has nothing to wait for.')
      },
      finish: async (write) => {
        outcome.resolve(write.outcome)
        return { kind: 'finished' }
      },
      expire: async () => {},
      withdraw: async () => {},
      awaitBudget: async () => ({ kind: 'stale' }),
      giveUpAsk: async () => [],
      handBack: async () => ({ kind: 'stale' }),
      progress: async () => {},
      elicited: async () => {},
      resourceUpdated: async () => {},
      log: async () => {},
      delta: async () => {},
    }
    const journal = await task.journal()
    const { running, events } = this.#activateWith(task, { ...claimed, journal, waits: [], ledger, interrupted: false })
    expect(await running.ended).toBe('finished')
    // Nothing was thrown but by the decision not to repeat the program itself.
    expect(task.errors.filter((error) => !/It was decided not to do it again/.test(String(error)))).toEqual([])
    expect(await outcome.promise).toEqual(await task.outcome())
    expect(events.get('')).toEqual(last.get(''))
    this.#check(events, [])
  }
}

const outcomeKeys = (journal: readonly JournalEntry[]): Set<string> =>
  new Set(journal.filter(isOutcome).map(({ key }) => key))

/** How many of the events rest on journaled outcomes alone. */
function settledLength(prefix: string, events: readonly string[], journaled: ReadonlySet<string>): number {
  const counts = { now: 0, random: 0 }
  const unsettled = events.findIndex((event) => {
    const [kind, key] = event.split(' ')
    if (kind === 'heard') return !journaled.has(prefix + key)
    return (kind === 'now' || kind === 'random') && !journaled.has(`${prefix}${kind}#${++counts[kind]}`)
  })
  return unsettled < 0 ? events.length : unsettled
}
