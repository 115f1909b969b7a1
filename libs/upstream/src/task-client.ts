import { type JsonObject, toolError } from '@longhaul/task'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client'
import type { ServerAsk } from './exchange.ts'
import type { Link } from './link.ts'
import { readResult } from './result.ts'
import type { TaskAnswers } from './tools.ts'
import { type Asks, intervalOf, readAsks, type TaskLook, type UpstreamTask } from './upstream-task.ts'
import { within } from './within.ts'

/** Longest wait for an answer about a task; none of these requests does any work. */
const ANSWER_MS = 60_000
/** Longest wait for what a server of 2025 asks once its task says that it does. */
const HEAR_MS = 5000
/** What comes within this time after a first question is taken together with it. */
const TOGETHER_MS = 100

const NO_RESULT = 'The task of the server has no result: its answer has no content.'

/** A server says of an id that it does not know, or not any more. */
export const isUnknownTask = (error: unknown): boolean =>
  error instanceof ProtocolError && error.code === ProtocolErrorCode.InvalidParams

/** How a task stands. @throws errors of the SDK (see failure.ts), the signal's reason */
export async function lookAtTask(link: Link, task: UpstreamTask, signal: AbortSignal): Promise<TaskLook> {
  const get = (method: string) =>
    link.request({ method, params: { taskId: task.id }, signal, timeoutMs: ANSWER_MS, cancel: 'notify' })
  const state = await get('tasks/get')
  const { status, statusMessage } = state
  const working: TaskLook = {
    kind: 'working',
    ...(typeof statusMessage === 'string' && { message: statusMessage }),
    ...intervalOf(state.pollInterval ?? state.pollIntervalMs),
  }
  switch (status) {
    case 'completed':
    case 'failed':
      if (task.era === 'modern') return over(status === 'failed' ? failed(state.error) : state.result)
      return get('tasks/result').then(over, (error: unknown) => {
        if (!(error instanceof ProtocolError)) throw error
        return over(failed(error))
      })
    case 'cancelled':
      return { kind: 'over', result: toolError(`The server cancelled its task${because(statusMessage)}.`) }
    case 'input_required': {
      const asks = task.era === 'modern' ? readAsks(state) : await hearAsks(link, task, signal)
      return asks ? { kind: 'asks', asks } : working
    }
    default:
      return working
  }
}

const failed = (error: unknown): JsonObject => {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  return { ...toolError(`The task of the server failed: error ${code}, ${message}.`) } as unknown as JsonObject
}

const because = (message: unknown): string => (typeof message === 'string' && message !== '' ? `: ${message}` : '')

function over(result: unknown): TaskLook {
  const read = typeof result === 'object' && result !== null ? readResult(result) : undefined
  return { kind: 'over', result: read ?? toolError(NO_RESULT) }
}

/** What the task of a server of 2025 asks, which it says where its result is waited for. */
async function hearAsks(link: Link, { id }: UpstreamTask, signal: AbortSignal): Promise<Asks | undefined> {
  const asks: Record<string, ServerAsk> = {}
  const first = Promise.withResolvers<void>()
  const stop = new AbortController()
  const waiting = link.request({
    method: 'tasks/result',
    params: { taskId: id },
    signal: AbortSignal.any([signal, stop.signal]),
    timeoutMs: ANSWER_MS,
    // Else the server may go on saying to this stream what it asks next.
    cancel: 'notify',
    onAsk: (ask) => {
      asks[`${ask.id}`] = ask
      first.resolve()
    },
  })
  const ended = waiting.then(
    () => first.resolve(),
    () => first.resolve(),
  )
  await within(first.promise, HEAR_MS, signal)
  await within(ended, TOGETHER_MS, signal)
  stop.abort()
  await ended
  return Object.keys(asks).length > 0 ? asks : undefined
}

/** Gives answers, by the keys of what was asked. @throws as `lookAtTask` */
export async function answerTask(
  link: Link,
  { id, era }: UpstreamTask,
  { asks, replies, signal }: TaskAnswers,
): Promise<void> {
  if (era === 'modern') {
    const results = Object.entries(replies).flatMap(([key, reply]) => ('result' in reply ? [[key, reply.result]] : []))
    const params = { taskId: id, inputResponses: Object.fromEntries(results) }
    await link.request({ method: 'tasks/update', params, signal, timeoutMs: ANSWER_MS })
    return
  }
  for (const [key, reply] of Object.entries(replies)) {
    const asked = asks[key]?.id
    if (asked !== undefined) await link.respond(asked, reply)
  }
}

/** Tells the server that nobody wants the task any more. One that is over already is none of its business. */
export async function cancelTask(link: Link, { id }: UpstreamTask, signal: AbortSignal): Promise<void> {
  await link
    .request({ method: 'tasks/cancel', params: { taskId: id }, signal, timeoutMs: ANSWER_MS })
    .catch((error: unknown) => {
      if (!(error instanceof ProtocolError)) throw error
    })
}
