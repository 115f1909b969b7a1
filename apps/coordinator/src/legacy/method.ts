import type { RpcRequest } from '@longhaul/protocol'
import type { FinishedTask, Task, TraceContext } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { Viewer } from './viewer.ts'

export interface MethodCall {
  readonly request: RpcRequest
  readonly viewer: Viewer
  /** The task that it is about, where somebody has begun to read it. */
  readonly looked?: Promise<Task | FinishedTask> | undefined
  /** The trace that the request belongs to. */
  readonly trace: TraceContext | undefined
  /** Whether the client has closed its request. */
  readonly isGone: () => boolean
}

/** What a method comes to: a result now, or the end of a task when it comes. */
export type Answer =
  | { readonly kind: 'result'; readonly result: unknown }
  | {
      readonly kind: 'held'
      readonly taskId: string
      readonly isRelated: boolean
      /** The task, as it was when it was read or made. */
      readonly looked: Task | FinishedTask
    }

export type Method = (deps: Deps, call: MethodCall) => Promise<Answer>

export const result = (value: unknown): Answer => ({ kind: 'result', result: value })
