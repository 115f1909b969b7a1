import { isTerminal, LonghaulError, type Nudge, type Principal, type TaskEvent } from '@longhaul/task'
import type { FastifyReply } from 'fastify'
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
    'With `Accept: text/event-stream` events come as they happen, until the task is over; `Last-Event-ID` goes on where a stream broke. 204 says that there is nothing more to come.',
  params: TASK_PARAMS,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).optional().describe('Only events with a greater `seq`.'),
  }),
  headers: { 'last-event-id': 'The `seq` of the last event that came.' },
  answers: { 200: TASK_EVENTS_SO_FAR },
  streams: true,
  run: async (deps, { params: { taskId }, query }, { principal, headers, reply }) => {
    // Who may not see the task is told so, and no stream is opened.
    const { seq, status } = await deps.engine.inspect(principal, taskId)
    // An EventSource that comes again has both, and its address is that of its first time.
    const last = numberIn(headers['last-event-id']) ?? query.after ?? 0
    // A store that went back in time counts anew.
    const after = last > seq ? 0 : last
    const isStream = headers.accept?.includes('text/event-stream')
    if (isStream && !isTerminal(status)) return stream(deps, { principal, taskId, after }, reply)
    const events = await deps.eventLog.read(taskId, after)
    if (!isStream) return { status: 200, body: { events } }
    if (events.length > 0) return stream(deps, { principal, taskId, after }, reply)
    // An EventSource that is answered anything else comes again, for ever.
    reply.code(204).send()
    return 'answered'
  },
})

const numberIn = (given: string | readonly string[] | undefined): number | undefined =>
  /^\d{1,15}$/.test(String(given)) ? Number(given) : undefined

interface Following {
  readonly principal: Principal
  readonly taskId: string
  readonly after: number
}

function stream(deps: Deps, following: Following, reply: FastifyReply): 'answered' {
  const { streams, settings } = deps
  const opened = EventStream.answering(reply, settings)
  if (settings.streamMaxMs > 0) {
    const tooLong = setTimeout(() => opened.end(), settings.streamMaxMs)
    void opened.closed.then(() => clearTimeout(tooLong))
  }
  streams.hold(opened, tellEvents(deps, following, opened))
  return 'answered'
}

/** Until the task is over or removed, or the client is gone. */
async function tellEvents(deps: Deps, { principal, taskId, after }: Following, stream: EventStream): Promise<void> {
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
  await followed.follow().catch((error: unknown) => {
    if (!(error instanceof LonghaulError && error.code === 'task_not_found')) throw error
  })
}
