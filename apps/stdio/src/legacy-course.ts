import type { RpcNotification, RpcRequest } from '@longhaul/protocol'
import type { Course } from './forwarded-request.ts'
import type { LegacySession } from './legacy-session.ts'
import { nameCall } from './name-call.ts'

/** A request in the session of the client. A stream that breaks is resumed after its last event (R12, R13). */
export function legacyCourse(session: LegacySession, request: RpcRequest): Course {
  const body = JSON.stringify(nameCall(request))
  return {
    send: (resumeAfter, signal) =>
      session.send(
        resumeAfter === undefined
          ? { method: 'POST', headers: {}, body, signal }
          : { method: 'GET', headers: { 'last-event-id': resumeAfter }, signal },
      ),
    review: async () => false,
    cancel: { tell: () => session.deliver(cancelled(request)) },
  }
}

const cancelled = ({ id }: RpcRequest): RpcNotification => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId: id },
})
