import { RpcError, type RpcResponse, toError, toResult, toRpcError } from '@longhaul/protocol'
import { LonghaulError } from '@longhaul/task'
import type { FastifyBaseLogger } from 'fastify'
import type { Deps } from '../deps.ts'
import type { MessageStream } from '../message-stream.ts'
import type { Held } from './held/held.ts'
import { HeldRequest } from './held/held-request.ts'
import type { MethodCall } from './method.ts'
import { callMethod } from './methods.ts'

/** What a request comes to: its response now, or the end of a task when it comes. */
export type Answered =
  | { readonly kind: 'response'; readonly response: RpcResponse }
  | { readonly kind: 'held'; readonly held: Held }

/** Answers a request that shares its way back with others, so that its failure is its own. Never throws. */
export async function answerRequest(deps: Deps, call: MethodCall, log: FastifyBaseLogger): Promise<Answered> {
  const { id } = call.request
  try {
    const answer = await callMethod(deps, call)
    if (answer.kind === 'result') return { kind: 'response', response: toResult(id, answer.result) }
    const { kind: _, ...held } = answer
    return { kind: 'held', held: { viewer: call.viewer, requestId: id, ...held } }
  } catch (error) {
    if (!(error instanceof RpcError || error instanceof LonghaulError)) log.error({ err: error }, 'request failed')
    return { kind: 'response', response: toError(id, toRpcError(error)) }
  }
}

/** Answers with the end of a task, on a part of a stream. Never throws: what broke it is told. */
export async function holdOnPart(deps: Deps, held: Held, part: MessageStream): Promise<void> {
  const run = new HeldRequest(deps, held, part).run()
  deps.streams.hold(part, run)
  await run.catch(() => {})
}
