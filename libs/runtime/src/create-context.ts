import type { Ledger } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { AnySchema } from './any-schema.ts'
import { call, type FindEntry } from './call.ts'
import type { Context, ElicitRequest } from './context.ts'
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
export interface ContextParts {
  readonly activation: Activation
  readonly ledger: Ledger
  readonly models: ModelChooser
  readonly findEntry: FindEntry
}

/** The context of one tool; a tool run inside another gets one of its own, with its own part of the journal. */
export function createContext(parts: ContextParts, scope: Scope): Context {
  const { activation, ledger, models, findEntry } = parts
  let signal: AbortSignal | undefined
  const isOver = () => activation.isOver || scope.over?.aborted
  const begin = <T>(start: () => Promise<unknown>): Promise<T> => {
    if (isOver()) return never()
    const promise = start() as Promise<T>
    // The failure of a step is on record, and code may look at it later or never: it is not one of the process.
    promise.catch(() => {})
    return promise
  }
  return {
    taskId: activation.taskId,
    idempotencyKey: activation.idempotencyKey(scope.prefix.slice(0, -1) || RUN_KEY),
    trace: activation.trace,
    get signal() {
      if (!scope.over) return activation.signal
      signal ??= AbortSignal.any([activation.signal, scope.over])
      return signal
    },
    step: (key, body, options = {}) => begin(() => step(activation, scope, { key, body, ...options })),
    sample: (request) => begin(() => sample(activation, scope, models, request)),
    // The overloads differ in types only.
    elicit: ((request: ElicitRequest<AnySchema>) =>
      begin(() => elicit(activation, scope, request))) as Context['elicit'],
    elicitUrl: (request) => begin(() => elicitUrl(activation, scope, request)),
    elicited: (elicitationId) => {
      if (!activation.isOver && !activation.calls.isReplay) void ledger.elicited(elicitationId).catch(() => {})
    },
    roots: (options) => begin(() => roots(activation, scope, options)),
    audience: activation.audience,
    sleep: (ms, options) => begin(() => sleep(activation, scope, { ms, ...options })),
    run: (key, tool, args, options) =>
      begin(() =>
        runInside(activation, scope, { key, tool, args, ...options }, (inner) => createContext(parts, inner)),
      ),
    call: (tool, args, options) => {
      const name = typeof tool === 'string' ? tool : tool.name
      return begin(() => call(activation, scope, findEntry, { tool: name, args, ...options }))
    },
    progress: (value, total, message) => {
      if (!Number.isFinite(value)) throw new Error(`The progress ${value} must be a finite number.`)
      if (total !== undefined && !Number.isFinite(total))
        throw new Error(`The total ${total} of a progress must be a finite number.`)
      if (isOver()) return
      scope.report({
        progress: value,
        ...(total !== undefined && { total }),
        ...(message && { message }),
      })
    },
    log: (level, data, logger) => {
      if (!isOver() && !activation.calls.isReplay)
        void ledger.log(level, toLogData(data, activation.settings), logger).catch(() => {})
    },
    resourceUpdated: (uri) => {
      if (!isOver() && !activation.calls.isReplay) void ledger.resourceUpdated(uri).catch(() => {})
    },
    now: () => instant(activation, scope, 'now', Date.now) as number,
    elapsed: () => instant(activation, scope, 'elapsed', () => activation.clock.elapsedMs()) as number,
    random: () => instant(activation, scope, 'random', Math.random) as number,
  }
}
