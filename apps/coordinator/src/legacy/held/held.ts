import type { RequestId } from '@longhaul/protocol'
import type { FinishedTask, Task } from '@longhaul/task'
import type { Viewer } from '../viewer.ts'
import type { ResumePoint } from './resume-point.ts'

/** A request that waits for the end of a task. */
export interface Held {
  readonly viewer: Viewer
  readonly taskId: string
  readonly requestId: RequestId
  /** tasks/result: its caller knows of the task. A plain tools/call does not, and cancelling it cancels the task. */
  readonly isRelated: boolean
  /** Its task, as it was when the request came. */
  readonly looked?: Task | FinishedTask
  /** What the session had heard by then, where a stream of it was open here (`markOfSession`). */
  readonly mark?: number | undefined
  /** Where a stream before this one ended. */
  readonly resumed?: ResumePoint
}

/** The name under which its session knows the request: ids are text or numbers. */
export const requestKey = ({ requestId }: Held): string => JSON.stringify(requestId)
