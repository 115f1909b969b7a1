import { isTerminal, type Nudge, type Principal, type TaskEvent } from '@longhaul/task'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { EventStream } from '../event-stream.ts'
import { FollowedTask, type Follower } from '../followed-task.ts'
import { defineOperation } from './operation.ts'
import { TASK_EVENTS_SO_FAR } from './schemas.ts'
import { TASK_PARAMS } from './task-operations.ts'

export const TASK_EVENTS = defineOperation({
  id: 'listTaskEvents',
  method: 'GET',
  path: '/v1/tasks/{taskId}/events',
  summary: 'What has happened to a task, and, as an event stream, what happens',
  description:
    'With `Accept: text/event-stream` events come as they happen, until the task is over; `Last-Event-ID` goes on where a stream broke.',
  params: TASK_PARAMS,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).optional().describe('Only events with a greater `seq`.'),
  }),
  headers: { 'last-event-id': 'The `seq` of the last event that came.' },
  answers: { 200: TASK_EVENTS_SO_FAR },
  streams: true,
  run: async (deps, { params: { taskId }, query }, { principal, headers, reply }) => {
    // Who may not see the task is told so, and no stream is opened.
    await deps.engine.inspect(principal, taskId)
    const after = query.after ?? numberIn(headers['last-event-id']) ?? 0
    if (!headers.accept?.includes('text/event-stream'))
      return { status: 200, body: { events: await deps.eventLog.read(taskId, after) } }
    const stream = EventStream.answering(reply, deps.settings)
    deps.streams.hold(stream, tellEvents(deps, { principal, taskId, after }, stream))
    return 'streamed'
  },
})

const numberIn = (given: string | readonly string[] | undefined): number | undefined =>
  /^\d{1,15}$/.test(String(given)) ? Number(given) : undefined

/** Until the task is over, or the client is gone. */
async function tellEvents(
  deps: Deps,
  { principal, taskId, after }: { readonly principal: Principal; readonly taskId: string; readonly after: number },
  stream: EventStream,
): Promise<void> {
  let isOver = false
  const follower: Follower = {
    taskId,
    after,
    onEvent: (event: TaskEvent | Nudge) => {
      if (event.type === 'look') return followed.lookAgain()
      stream.sendEvent(event.type, JSON.stringify(event), String(event.seq))
      if (event.type === 'finished') followed.lookAgain()
    },
    look: async () => {
      const task = await deps.engine.inspect(principal, taskId)
      await followed.catchUp(task.seq)
      isOver = isTerminal(task.status)
      return Number.POSITIVE_INFINITY
    },
    isOver: () => isOver || !stream.isOpen,
    isPatient: () => true,
  }
  const followed = new FollowedTask(deps, follower)
  void stream.closed.then(() => followed.lookAgain())
  stream.open()
  await followed.follow()
}
