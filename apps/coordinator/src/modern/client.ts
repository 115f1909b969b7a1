import type { OpenQuestion } from '@longhaul/engine'
import { modern } from '@longhaul/protocol'
import type { Audience, JsonObject, Principal } from '@longhaul/task'
import { canAnswer } from '../can-answer.ts'

/** Who sent a request, and what that request says of itself: nothing is remembered from one to the next. */
export interface Client {
  readonly principal: Principal
  readonly envelope: modern.Envelope
  readonly audience: Audience
  /** Whether the request may be answered with a task. */
  readonly takesTasks: boolean
}

export function toClient(principal: Principal, envelope: modern.Envelope): Client {
  const { capabilities } = envelope
  const audience = modern.toAudience(capabilities)
  return { principal, envelope, audience, takesTasks: modern.declaresTasks(capabilities) }
}

/** The capabilities that the client lacks to be asked the question, or undefined when it lacks none (U39). */
export function lackingFor({ audience }: Client, asked: OpenQuestion): JsonObject | undefined {
  if (canAnswer(audience, asked)) return undefined
  const hasTools = (asked.conversation?.options.tools?.length ?? 0) > 0
  return modern.requireCapability(modern.capabilityFor(asked.wait.question, hasTools))
}
