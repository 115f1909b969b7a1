import type { Json, JsonObject, Ledger, ToolResult } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { Context, ElicitRequest } from './context.ts'
import type { AnySchema } from './define-tool.ts'
import { elicit } from './elicit.ts'
import { instant } from './instant.ts'
import type { ModelChooser } from './models.ts'
import type { ProgressSender } from './progress-sender.ts'
import { runInside } from './run-inside.ts'
import { sample } from './sample.ts'
import { nextKey, type Scope } from './scope.ts'
import { step } from './step.ts'
import { checkKey, hashInput } from './step-key.ts'
import type { Tool } from './tool.ts'

/** What the contexts of one activation have in common. */
export interface ContextParts {
  readonly activation: Activation
  readonly ledger: Ledger
  readonly models: ModelChooser
  readonly progress: ProgressSender
}

/** The context of one tool; a tool run inside another gets one of its own, with its own part of the journal. */
export function createContext(parts: ContextParts, scope: Scope): Context {
  const { activation, ledger, models, progress } = parts
  return {
    taskId: activation.taskId,
    signal: activation.signal,
    step: (key, body, { kind = 'step', input, ...options } = {}) => {
      const identity = { key: scope.prefix + checkKey(key), kind, input: hashInput(input) }
      return step(activation, scope, identity, body, options) as Promise<Awaited<ReturnType<typeof body>>>
    },
    sample: (request) => sample(activation, scope, models, request),
    // The overloads differ in types only.
    elicit: ((request: ElicitRequest<AnySchema>) => elicit(activation, scope, request)) as unknown as Context['elicit'],
    sleep: async (ms, options) => {
      const key = options?.key === undefined ? nextKey(scope, 'sleep') : scope.prefix + checkKey(options.key)
      const identity = { key, kind: 'sleep', input: '' } as const
      const open = () => activation.open(identity, { wait: 'timer', deadline: Date.now() + ms })
      await activation.call(scope, identity, open)
    },
    run: (key: string, tool: Tool, args: JsonObject): Promise<ToolResult> => {
      const nested = { key: scope.prefix + checkKey(key), tool, args }
      return runInside(parts, scope, nested, (inner) => createContext(parts, inner))
    },
    progress: (value, total, message) => {
      if (activation.isOver) return
      progress.report({ progress: value, ...(total !== undefined && { total }), ...(message && { message }) })
    },
    log: (level, data, logger) => {
      if (!activation.isOver) void ledger.log(level, data, logger).catch(() => {})
    },
    now: () => instant(activation, scope, 'now', Date.now) as number,
    random: () => instant(activation, scope, 'random', Math.random as () => Json) as number,
  }
}
