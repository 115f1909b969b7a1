import { createHash } from 'node:crypto'
import type { Context } from '@longhaul/runtime'
import type { BeginOptions, Reply, ServerAsk, UpstreamTool } from '@longhaul/upstream'
import { answerAsk } from './answer-ask.ts'

/**
 * What a server of 2025 asks in the middle of a call that it holds open. The call is a step that has not ended, so the
 * same question of a later attempt at it has the same key: whoever has answered it is not asked again.
 */
export class LiveAsks {
  readonly #ctx: Context
  readonly #upstream: UpstreamTool
  readonly #replies = new Map<string, Promise<Reply>>()
  /** By the server's id for a page the one under which the task has shown it, once that is known. */
  readonly #pages = new Map<string, PromiseWithResolvers<string>>()

  constructor(ctx: Context, upstream: UpstreamTool) {
    this.#ctx = ctx
    this.#upstream = upstream
  }

  /** For one attempt. */
  onAsk(): NonNullable<BeginOptions['onAsk']> {
    const asked = new Map<string, number>()
    return (ask, respond) => {
      const hash = hashOf(ask)
      const count = (asked.get(hash) ?? 0) + 1
      asked.set(hash, count)
      const key = `live-${hash}-${count}`
      const reply = this.#replies.get(key) ?? this.#answer(ask, key)
      this.#replies.set(key, reply)
      // Where the connection has ended meanwhile the call says so itself.
      reply.then(respond).catch(() => {})
    }
  }

  /** A page that the server has asked for was dealt with: whoever was shown it is told. */
  onElicited(elicitationId: string): void {
    // Where nobody was shown it, since the call ended before, there is nobody to be told.
    void this.#pages.get(elicitationId)?.promise.then((own) => this.#ctx.elicited(own))
  }

  #answer(ask: ServerAsk, key: string): Promise<Reply> {
    const deadlineMs = this.#upstream.limits.askHoldMs
    const { elicitationId } = ask.params
    const page = Promise.withResolvers<string>()
    if (typeof elicitationId === 'string') this.#pages.set(elicitationId, page)
    return answerAsk(this.#ctx, { upstream: this.#upstream, ask, key, deadlineMs, onPage: page.resolve })
  }
}

/** Of what is asked, and not of the request that asks it. */
function hashOf({ method, params: { _meta, ...params } }: ServerAsk): string {
  return createHash('sha256')
    .update(JSON.stringify([method, params]))
    .digest('base64url')
    .slice(0, 12)
}
