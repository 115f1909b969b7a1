import type { Context } from '@longhaul/runtime'
import { type ToolResult, toolError } from '@longhaul/task'
import type { Asks, Reply, UpstreamTool } from '@longhaul/upstream'
import { answerAsk } from './answer-ask.ts'

export type Replies = Readonly<Record<string, Reply>>

/** Answers all that a server asks at once; nothing is held meanwhile. @param key what their steps' keys begin with */
export async function answerAll(
  ctx: Context,
  upstream: UpstreamTool,
  { asks, key }: { readonly asks: Asks; readonly key: string },
): Promise<Replies> {
  const answers = Object.entries(asks).map(async ([name, ask], index) => {
    const reply = await answerAsk(ctx, { upstream, ask, key: `${key}-${index + 1}` })
    return [name, reply] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

/** The end of a call in which a server of 2026 was refused something: it can only be told what it is given. */
export function refusalOf({ server, name }: UpstreamTool, replies: Replies): ToolResult | undefined {
  const refused = Object.values(replies).find((reply) => 'error' in reply)
  if (!refused || !('error' in refused)) return undefined
  return toolError(
    `The server ${server} cannot go on with ${name}, since it was refused what it asked: ${refused.error.message}.`,
  )
}
