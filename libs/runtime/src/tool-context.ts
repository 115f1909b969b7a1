import type { Audience, Ledger } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { AnySchema } from './any-schema.ts'
import { type Callees, call } from './call.ts'
import type { Context, ElicitRequest, Undoing } from './context.ts'
import { elicit } from './elicit.ts'
import { elicitUrl } from './elicit-url.ts'
import { instant } from './instant.ts'
import { toLogData } from './limits.ts'
import type { ModelChooser } from './models.ts'
import { never } from './never.ts'
import { roots } from './roots.ts'
import { runInside } from './run-inside.ts'
import { sample } from './sample.ts'
import type { Scope } from './scope.ts'
import { sleep } from './sleep.ts'
import { step } from './step.ts'
import { RUN_KEY } from './step-key.ts'

/** What the contexts of one activation have in common. */
export interface ContextParts extends Callees {
  readonly activation: Activation
  readonly ledger: Ledger
  readonly models: ModelChooser
}

/**
 * The context of one tool; a tool run inside another gets one of its own, with its own part of the journal. Its methods
 * can be taken out of it. `signal` is the only accessor, and must not become one of an object literal: V8 makes a hidden
 * class of its own for each of those, which keeps what the accessor sees alive until the next full collection.
 */
export class ToolContext implements Context {
  readonly taskId: string
  readonly idempotencyKey: string
  readonly trace: Context['trace']
  readonly audience: Audience
  readonly undoing?: Undoing
  readonly #parts: ContextParts
  readonly #scope: Scope
  #signal: AbortSignal | undefined

  constructor(parts: ContextParts, scope: Scope) {
    const { taskId, trace, audience } = parts.activation
    this.taskId = taskId
    this.trace = trace
    this.audience = audience
    const { head } = parts.activation
    if (head.undoOf !== undefined) this.undoing = { taskId: head.undoOf, has: this.has }
    this.idempotencyKey = parts.activation.idempotencyKey(scope.prefix.slice(0, -1) || RUN_KEY)
    this.#parts = parts
    this.#scope = scope
  }

  get signal(): AbortSignal {
    const { signal } = this.#parts.activation.life
    if (!this.#scope.over) return signal
    this.#signal ??= AbortSignal.any([signal, this.#scope.over])
    return this.#signal
  }

  readonly step: Context['step'] = (key, body, options = {}) =>
    this.#begin((activation, scope) => step(activation, scope, { key, body, ...options }))

  readonly sample: Context['sample'] = (request) =>
    this.#begin((activation, scope) => sample(activation, scope, this.#parts.models, request))

  readonly has: Context['has'] = (key) => this.#parts.activation.journal.outcome(this.#scope.prefix + key) !== undefined

  readonly steered: Context['steered'] = () => {
    const { journal, calls } = this.#parts.activation
    return this.#scope.prefix === '' && journal.steering.isWaiting((step) => calls.isCalled(step))
  }

  // The overloads differ in types only.
  readonly elicit = ((request: ElicitRequest<AnySchema>) =>
    this.#begin((activation, scope) => elicit(activation, scope, request))) as Context['elicit']

  readonly elicitUrl: Context['elicitUrl'] = (request) =>
    this.#begin((activation, scope) => elicitUrl(activation, scope, request))

  readonly elicited: Context['elicited'] = (elicitationId) => {
    if (this.#isHeard) void this.#parts.ledger.elicited(elicitationId).catch(() => {})
  }

  readonly roots: Context['roots'] = (options) => this.#begin((activation, scope) => roots(activation, scope, options))

  readonly sleep: Context['sleep'] = (ms, options) =>
    this.#begin((activation, scope) => sleep(activation, scope, { ms, ...options }))

  readonly run: Context['run'] = (key, tool, args, options) =>
    this.#begin((activation, scope) =>
      runInside(activation, scope, { key, tool, args, ...options }, (inner) => new ToolContext(this.#parts, inner)),
    )

  readonly call: Context['call'] = (tool, args, options) => {
    const name = typeof tool === 'string' ? tool : tool.name
    return this.#begin((activation, scope) => call(activation, scope, this.#parts, { tool: name, args, ...options }))
  }

  readonly progress: Context['progress'] = (value, total, message) => {
    if (!Number.isFinite(value)) throw new Error(`The progress ${value} must be a finite number.`)
    if (total !== undefined && !Number.isFinite(total))
      throw new Error(`The total ${total} of a progress must be a finite number.`)
    if (this.#isOver) return
    this.#scope.report({
      progress: value,
      ...(total !== undefined && { total }),
      ...(message && { message }),
    })
  }

  readonly log: Context['log'] = (level, data, logger) => {
    const { asides, settings } = this.#parts.activation
    if (this.#isHeard) asides.say((ledger) => ledger.log(level, toLogData(data, settings), logger))
  }

  readonly resourceUpdated: Context['resourceUpdated'] = (uri) => {
    if (this.#isHeard) this.#parts.activation.asides.say((ledger) => ledger.resourceUpdated(uri))
  }

  readonly now: Context['now'] = () => this.#instant('now', Date.now)
  readonly elapsed: Context['elapsed'] = () => this.#instant('elapsed', () => this.#parts.activation.clock.elapsedMs())
  readonly random: Context['random'] = () => this.#instant('random', Math.random)

  get #isOver(): boolean {
    return this.#parts.activation.life.isOver || this.#scope.over?.aborted === true
  }

  #begin<T>(start: (activation: Activation, scope: Scope) => Promise<unknown>): Promise<T> {
    if (this.#isOver) return never()
    const promise = start(this.#parts.activation, this.#scope) as Promise<T>
    // The failure of a step is on record, and code may look at it later or never: it is not one of the process.
    promise.catch(() => {})
    return promise
  }

  /** On replay nothing is said again. */
  get #isHeard(): boolean {
    return !this.#isOver && !this.#parts.activation.calls.isReplay
  }

  #instant(kind: 'now' | 'elapsed' | 'random', take: () => number): number {
    return instant(this.#parts.activation, this.#scope, kind, take) as number
  }
}
