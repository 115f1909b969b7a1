import type { Context } from '@longhaul/runtime'
import type { JsonObject, JsonSchema } from '@longhaul/task'
import type { Reply } from '@longhaul/upstream'
import { answerSampling } from './answer-sampling.ts'
import type { AskedStep } from './asked-step.ts'
import { INTERNAL, NOT_PASSED_ON, refuse } from './refuse.ts'

/** Passes on what a server asks as its entry says; what comes of it is on record, and not asked again. */
export async function answerAsk(ctx: Context, asked: AskedStep): Promise<Reply> {
  const { upstream, ask } = asked
  const reply = await passOn(ctx, asked)
  const how = 'error' in reply ? `refused: ${reply.error.message}` : 'answered'
  ctx.log('notice', `The server ${upstream.server} asked for ${ask.method} in a call of ${upstream.name}; ${how}`)
  return reply
}

async function passOn(ctx: Context, asked: AskedStep): Promise<Reply> {
  const { server, asks, roots } = asked.upstream
  const { method } = asked.ask
  const deny = refuse(
    NOT_PASSED_ON,
    `${method} is not passed on for the server ${server}: its entry in mcp.json says so`,
  )
  try {
    switch (method) {
      case 'elicitation/create':
        return asks.elicitation === 'deny' ? deny : { result: await elicit(ctx, asked) }
      case 'sampling/createMessage':
        return asks.sampling === 'deny' ? deny : await answerSampling(ctx, asked, asks.sampling)
      case 'roots/list':
        return roots.length === 0 ? deny : { result: { roots: roots.map(({ uri }) => ({ uri })) } }
      default:
        return refuse(NOT_PASSED_ON, `${method} is nothing that can be asked here`)
    }
  } catch (error) {
    return refuse(INTERNAL, error instanceof Error ? error.message : String(error))
  }
}

/** As the task's own question: a form, or a page to open. */
async function elicit(ctx: Context, { upstream, ask, key, deadlineMs, onPage }: AskedStep): Promise<JsonObject> {
  const { message, url, mode, requestedSchema } = ask.params
  const options = {
    key,
    message: `${upstream.server} asks: ${message}`,
    ...(deadlineMs !== undefined && { deadlineMs }),
  }
  if (mode === 'url') {
    const { action, elicitationId } = await ctx.elicitUrl({ ...options, url: String(url) })
    onPage?.(elicitationId)
    return { action }
  }
  const { action, content } = await ctx.elicit({ ...options, schema: Object(requestedSchema) as JsonSchema })
  return { action, ...(content && { content: content as JsonObject }) }
}
