import type { Audience, Budget, Call, JsonObject, Principal, Serves, TraceContext } from '@longhaul/task'

/** A call, as somebody submits it. */
export interface Submission {
  readonly principal: Principal
  readonly tool: string
  readonly args: JsonObject
  /** What the submitter's client can answer. */
  readonly audience: Audience
  /** Milliseconds from creation; clamped to `maxTtlMs`, `defaultTtlMs` when absent. */
  readonly ttlMs?: number
  /** Where it comes over MCP; the questions are shown in its session. */
  readonly call?: Call
  /** Names the task among the owner's: a second submission under the key is that task, as long as it is kept. */
  readonly idempotencyKey?: string
  /** From 0, first, to MAX_PRIORITY, last; `defaultPriority` when absent. */
  readonly priority?: number
  /** Unix ms before which it does not start; at most `maxStartDelayMs` from now. */
  readonly startAt?: number
  /** Most milliseconds that it may take, waiting for people not counted; its tool may allow less. */
  readonly timeoutMs?: number
  /** What it may spend with all tasks below it; its tool may allow less. */
  readonly budget?: Partial<Budget>
  /** Where it is no call of a tool: `tool` is then the key of what is exposed as something else. */
  readonly serves?: Serves
  /** Handed on to whatever the task calls. */
  readonly trace?: TraceContext | undefined
}
