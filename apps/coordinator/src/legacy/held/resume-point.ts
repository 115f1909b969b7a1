import { isRequestId, type RequestId } from '@longhaul/protocol'
import { isTaskId } from '@longhaul/task'

/**
 * All that is needed to continue the stream of a held request on any coordinator, as its event ids say it. Whoever
 * shows one has to have a right to the task all the same.
 */
export interface ResumePoint {
  readonly stream: string
  /** Number of the event in its stream, so that ids are unique in the session (R13). */
  readonly event: number
  readonly taskId: string
  readonly requestId: RequestId
  /** Whether the caller knows of the task: tasks/result yes, a plain tools/call no. */
  readonly isRelated: boolean
  /** Open questions that the client had by then: their keys, each with how often it had been void. */
  readonly shown: readonly (readonly [key: string, voids: number])[]
  /** Number of the newest event of the task that the stream had heard of. */
  readonly seq?: number
}

export function toEventId({ stream, event, taskId, requestId, isRelated, shown, seq }: ResumePoint): string {
  const parts = [stream, event, taskId, requestId, isRelated, shown, seq]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

export function parseEventId(id: string): ResumePoint | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString())
    if (!Array.isArray(parts)) return undefined
    const [stream, event, taskId, requestId, isRelated, shown, seq] = parts
    const isRight = typeof stream === 'string' && Number.isSafeInteger(event) && typeof isRelated === 'boolean'
    if (!isRight || !isRequestId(requestId) || typeof taskId !== 'string' || !isTaskId(taskId) || !isShowings(shown))
      return undefined
    return { stream, event, taskId, requestId, isRelated, shown, ...(Number.isSafeInteger(seq) && { seq }) }
  } catch {
    return undefined
  }
}

const isShowings = (value: unknown): value is [string, number][] =>
  Array.isArray(value) &&
  value.every((part) => Array.isArray(part) && typeof part[0] === 'string' && Number.isSafeInteger(part[1]))
