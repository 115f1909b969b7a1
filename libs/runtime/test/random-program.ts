import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import {
  type Context,
  NonRetryableError,
  RetryableError,
  StepError,
  type StepHandle,
  type Tool,
} from '@longhaul/runtime'
import type { InDoubt } from '@longhaul/task'
import { defineProgram } from './define-program.ts'
import type { Random } from './random.ts'

/** A program as data. `id` makes the input of its step, so that a step which takes another's key is noticed. */
type Node =
  | {
      readonly kind: 'step'
      readonly id: number
      readonly inDoubt: InDoubt
      readonly turns: number
      readonly fails: boolean
      /** Attempts at the beginning that fail in a way that may pass. */
      readonly passing: number
      /** 0 is no limit. */
      readonly timeoutMs: number
      /** Characters of its value beside what it says. */
      readonly length: number
    }
  | { readonly kind: 'now' | 'random' | 'call'; readonly id: number }
  | { readonly kind: 'elicit'; readonly id: number; readonly deadlineMs: number }
  | { readonly kind: 'sleep'; readonly id: number; readonly ms: number }
  | { readonly kind: 'hops'; readonly count: number }
  | { readonly kind: 'sequence' | 'all' | 'race' | 'choice'; readonly parts: readonly Node[] }
  | {
      readonly kind: 'tool'
      readonly id: number
      readonly inDoubt: InDoubt
      readonly timeoutMs: number
      readonly body: Node
    }

/** What the code of an activation called and heard, in order, by the prefix of the tool's keys. */
export type Trace = Map<string, string[]>

interface Effect {
  /** As it is in the journal. */
  readonly key: string
  readonly inDoubt: InDoubt
  readonly attempt: number
  /** How often it may be tried again. */
  readonly retries: number
}

/** What is to be watched while a program runs. */
interface Observer {
  readonly trace: Trace
  /** The body of a step begins. */
  onEffect(effect: Effect): void
}

export interface RandomProgram {
  /** The tool whose code reports to `observer`: one for each activation. */
  observedBy(observer: Observer): Tool
}

export function buildProgram(random: Random): RandomProgram {
  let id = 0
  const leaf = (): Node => {
    const kind = random.pick([
      'step',
      'step',
      'step',
      'step',
      'elicit',
      'sleep',
      'call',
      'now',
      'random',
      'hops',
    ] as const)
    id++
    const inDoubt = random.pick(['repeat', 'repeat', 'ask', 'fail'] as const)
    if (kind === 'step') return { kind, id, inDoubt, ...workOf() }
    if (kind === 'elicit') return { kind, id, deadlineMs: random.pick([random.below(4), 3_600_000] as const) }
    if (kind === 'sleep') return { kind, id, ms: random.below(4) }
    return kind === 'hops' ? { kind, count: random.below(20) } : { kind, id }
  }
  const workOf = () => ({
    turns: random.below(4),
    fails: random.below(6) === 0,
    passing: random.pick([0, 0, 0, 1, 2] as const),
    timeoutMs: random.pick([0, 0, 0, 1, 3] as const),
    length: random.pick([0, 0, 400] as const),
  })
  const tree = (depth: number): Node => {
    if (depth === 0 || random.below(4) === 0) return leaf()
    const kind = random.pick(['sequence', 'sequence', 'all', 'race', 'choice', 'tool'] as const)
    if (kind === 'tool')
      return {
        kind,
        id: ++id,
        inDoubt: random.pick(['repeat', 'ask'] as const),
        timeoutMs: random.pick([0, 0, 4] as const),
        body: tree(depth - 1),
      }
    const parts = Array.from({ length: 2 + random.below(2) }, () => tree(depth - 1))
    return { kind, parts }
  }
  const program: Node = { kind: 'sequence', parts: [tree(3), tree(3)] }
  const inDoubt = random.pick(['repeat', 'ask'] as const)
  return { observedBy: (observer) => toTool({ body: program, inDoubt, timeoutMs: 0 }, '', observer) }
}

let effects = 0

function toTool(
  { body: program, inDoubt, timeoutMs }: Pick<Extract<Node, { kind: 'tool' }>, 'body' | 'inDoubt' | 'timeoutMs'>,
  prefix: string,
  observer: Observer,
): Tool {
  return defineProgram(
    async (ctx) => {
      const events: string[] = []
      observer.trace.set(prefix, events)
      await new Interpreter(ctx, prefix, events, observer).run(program)
      // What losers of a race still do is not part of what the tool came to.
      for (const [within, seen] of observer.trace) if (within.startsWith(prefix)) observer.trace.set(within, [...seen])
      return digest(events)
    },
    { name: `program.${prefix.replaceAll('/', '.')}`, inDoubt, timeoutMs },
  )
}

const digest = (events: readonly string[]): string =>
  createHash('sha256').update(events.join('\n')).digest('hex').slice(0, 8)

class Interpreter {
  readonly #ctx: Context
  readonly #prefix: string
  readonly #events: string[]
  readonly #observer: Observer
  /** Keys are positions, so that calls made in another order get others. */
  #calls = 0

  constructor(ctx: Context, prefix: string, events: string[], observer: Observer) {
    this.#ctx = ctx
    this.#prefix = prefix
    this.#events = events
    this.#observer = observer
  }

  async run(node: Node): Promise<unknown> {
    switch (node.kind) {
      case 'sequence':
        for (const part of node.parts) await this.run(part)
        return
      case 'all':
        return Promise.all(node.parts.map((part) => this.run(part)))
      case 'race': {
        const winner = await Promise.race(node.parts.map((part, place) => this.run(part).then(() => place)))
        this.#note(`won ${winner}`)
        return
      }
      case 'choice': {
        // Depends on all that was heard so far, and on its order.
        const way = Number.parseInt(digest(this.#events), 16) % node.parts.length
        this.#note(`way ${way}`)
        return this.run(node.parts[way] as Node)
      }
      case 'hops':
        for (let hop = 0; hop < node.count; hop++) await Promise.resolve()
        return
      default:
        return this.#call(node)
    }
  }

  async #call(node: Exclude<Node, { parts: unknown } | { count: unknown }>): Promise<void> {
    const ctx = this.#ctx
    const key = `${node.kind}${++this.#calls}`
    switch (node.kind) {
      case 'now':
      case 'random':
        this.#note(`${node.kind} ${ctx[node.kind]()}`)
        return
      case 'step':
        return this.#hear(key, () => this.#step(key, node))
      case 'elicit':
        return this.#hear(key, () =>
          ctx.elicit({
            key,
            message: `${node.id}`,
            schema: { type: 'object', properties: { n: { type: 'number' } } },
            deadlineMs: node.deadlineMs,
          }),
        )
      case 'sleep':
        return this.#hear(key, () => ctx.sleep(node.ms, { key }))
      case 'call':
        return this.#hear(key, () => ctx.call('called', { id: node.id }, { key }))
      case 'tool': {
        const tool = toTool(node, `${this.#prefix}${key}/`, this.#observer)
        return this.#hear(key, () => ctx.run(key, tool, { id: node.id }))
      }
    }
  }

  #step(key: string, node: Extract<Node, { kind: 'step' }>): Promise<string> {
    const { id, inDoubt, turns, fails, passing, timeoutMs, length } = node
    const body = async ({ attempt, idempotencyKey }: StepHandle) => {
      const stepKey = `${this.#prefix}${key}`
      if (!idempotencyKey.endsWith(`/${stepKey}`)) throw new NonRetryableError(`the key is ${idempotencyKey}`)
      this.#observer.onEffect({ key: stepKey, inDoubt, attempt, retries: passing })
      const effect = ++effects
      for (let n = 0; n < turns; n++) await turn()
      if (attempt <= passing) throw new RetryableError(`effect ${effect} may pass`)
      if (fails) throw new Error(`effect ${effect}`)
      return `effect ${effect} ${'.'.repeat(length)}`
    }
    const retry = { maxAttempts: 3, backoffMs: 1 }
    return this.#ctx.step(key, body, { input: id, inDoubt, timeoutMs, ...(passing > 0 && { retry }) })
  }

  /** What code still does after its activation has ended is of no account. */
  #note(event: string): void {
    if (!this.#ctx.signal.aborted) this.#events.push(event)
  }

  async #hear(key: string, call: () => Promise<unknown>): Promise<void> {
    this.#note(`call ${key}`)
    try {
      this.#note(`heard ${key} ${JSON.stringify(await call())}`)
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      this.#note(`heard ${key} error ${error.message}`)
    }
  }
}
