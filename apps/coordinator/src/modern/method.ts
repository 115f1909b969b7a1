import type { modern, RpcRequest } from '@longhaul/protocol'
import type { JsonObject, TraceContext } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { ListName } from '../exposed/list-watch.ts'
import type { Client } from './client.ts'

export interface MethodCall {
  readonly request: RpcRequest
  readonly client: Client
  readonly headers: modern.RequestHeaders
  /** The trace that the request belongs to. */
  readonly trace: TraceContext | undefined
  /** Whether the client has closed its request. */
  readonly isGone: () => boolean
}

/** What a method comes to. */
export type Answer =
  | { readonly kind: 'result'; readonly result: JsonObject }
  /** A call whose client waits for the end of its task. */
  | ({ readonly kind: 'held' } & Held)
  | { readonly kind: 'listen'; readonly wanted: Wanted }

export interface Held {
  readonly taskId: string
  /** Number of the last event of the task before the request. */
  readonly after?: number
  readonly bound: modern.BoundTo
  /** Keys of the questions of earlier rounds. */
  readonly asked: readonly string[]
  /** What the client gave to questions, also to such as have not been asked yet. */
  readonly responses: JsonObject
  /** Keys of questions that, once answered, make a task of the call. */
  readonly taskAfter: readonly string[]
}

/** What a client listens to. */
export interface Wanted {
  /** Lists of which it wants to know when they change. */
  readonly lists: readonly ListName[]
  /** Absent where it did not ask for resources. */
  readonly uris?: readonly string[]
  /** Absent where it did not ask for tasks. */
  readonly taskIds?: readonly string[]
}

export type Method = (deps: Deps, call: MethodCall) => Promise<Answer>
