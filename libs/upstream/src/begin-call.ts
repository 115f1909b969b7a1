import type { JsonObject } from '@longhaul/task'
import { type Connection, IDEMPOTENCY_KEY, type WireCall } from './connection.ts'
import type { Reply, ServerAsk } from './exchange.ts'
import { paramHeaders } from './param-headers.ts'
import { readRequiredPages } from './required-pages.ts'
import { readResult } from './result.ts'
import { type Begun, readAsks, readLegacyTask, readModernTask } from './upstream-task.ts'

export interface BeginningCall extends WireCall {
  readonly taskSupport: 'forbidden' | 'optional' | 'required'
  /** Milliseconds that a server of 2025 is asked to keep a task. */
  readonly taskTtlMs: number
  /** What a round before this one asked, answered, and the state that it gave. */
  readonly round?: { readonly replies: Readonly<Record<string, Reply>>; readonly state?: string }
  /** Told what a server of 2025 asks in the middle of the call; `reply` answers. */
  readonly onAsk?: (ask: ServerAsk, reply: (reply: Reply) => Promise<void>) => void
  /** Told of each page, by the server's id for it, that a person has dealt with; also of pages of other calls. */
  readonly onElicited?: (elicitationId: string) => void
}

/** A call that may become a task of the server, or be asked something first. @returns undefined for no tool result */
export async function beginCall(connection: Connection, call: BeginningCall): Promise<Begun | undefined> {
  return connection.era === 'modern' ? beginModern(connection, call) : beginLegacy(connection, call)
}

const metaOf = ({ trace, idempotencyKey }: WireCall): JsonObject => ({
  ...trace,
  ...(idempotencyKey !== undefined && { [IDEMPOTENCY_KEY]: idempotencyKey }),
})

const asResult = (result: JsonObject): Begun | undefined => {
  const read = readResult(result)
  return read && { kind: 'result', result: read }
}

async function beginLegacy(connection: Connection, call: BeginningCall): Promise<Begun | undefined> {
  try {
    return await requestLegacy(connection, call)
  } catch (error) {
    const pages = readRequiredPages(error)
    if (!pages) throw error
    return { kind: 'needs_pages', pages }
  }
}

async function requestLegacy(connection: Connection, call: BeginningCall): Promise<Begun | undefined> {
  const { tool, args, signal, timeoutMs, onProgress, onAsk, onElicited, taskSupport, taskTtlMs } = call
  const isTask = connection.knowsTasks && taskSupport !== 'forbidden'
  const task = isTask && { task: { ttl: taskTtlMs } }
  const result = await connection.request({
    method: 'tools/call',
    params: { name: tool, arguments: args, _meta: metaOf(call), ...task },
    ...{ signal, timeoutMs, cancel: 'notify' },
    ...(onProgress && { onProgress }),
    ...(onAsk && { onAsk: (ask) => onAsk(ask, (reply) => connection.respond(ask.id, reply)) }),
    ...(onElicited && { onElicited }),
  })
  const made = readLegacyTask(result, connection.home)
  if (!made) return asResult(result)
  connection.keepHome()
  return { kind: 'task', task: made }
}

async function beginModern(connection: Connection, call: BeginningCall): Promise<Begun | undefined> {
  const { tool, args, inputSchema, signal, timeoutMs, onProgress, round } = call
  const replies = Object.entries(round?.replies ?? {})
  const inputResponses = replies.flatMap(([key, reply]) => ('result' in reply ? [[key, reply.result] as const] : []))
  const answered = round && {
    inputResponses: Object.fromEntries(inputResponses),
    ...(round.state !== undefined && { requestState: round.state }),
  }
  const result = await connection.request({
    method: 'tools/call',
    params: { name: tool, arguments: args, _meta: metaOf(call), ...answered },
    headers: paramHeaders(inputSchema, args),
    ...{ signal, timeoutMs, cancel: connection.home ? 'notify' : 'hang_up' },
    ...(onProgress && { onProgress }),
  })
  const made = readModernTask(result, connection.home)
  if (made) return { kind: 'task', task: made }
  if (result.resultType !== 'input_required') return asResult(result)
  const { requestState } = result
  return {
    kind: 'asks',
    asks: readAsks(result) ?? {},
    ...(typeof requestState === 'string' && { state: requestState }),
  }
}
