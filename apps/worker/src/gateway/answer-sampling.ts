import type { Context } from '@longhaul/runtime'
import { type JsonObject, type JsonSchema, type Message, type MessageBlock, text } from '@longhaul/task'
import type { Reply } from '@longhaul/upstream'
import type { AskedStep } from './asked-step.ts'
import { INVALID_PARAMS, refuse, USER_REJECTED } from './refuse.ts'

/** A turn of the model that a server asks for: the one that agents have, too. */
export async function answerSampling(ctx: Context, asked: AskedStep, policy: 'ask' | 'model'): Promise<Reply> {
  const { maxTokens, tools } = asked.ask.params
  const messages = toMessages(asked.ask.params.messages)
  if (tools !== undefined) return refuse(INVALID_PARAMS, 'Sampling with tools was not declared')
  if (typeof maxTokens !== 'number' || messages.length === 0)
    return refuse(INVALID_PARAMS, 'sampling/createMessage takes messages and maxTokens')
  const wanted = policy === 'model' ? messages : await allowed(ctx, asked, messages)
  if (!wanted) return refuse(USER_REJECTED, 'The person did not allow this sampling request')
  const { systemPrompt, temperature, stopSequences } = asked.ask.params
  const answer = await ctx.sample({
    key: `${asked.key}-model`,
    messages: wanted,
    maxTokens,
    ...(typeof systemPrompt === 'string' && { systemPrompt }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(Array.isArray(stopSequences) && { stopSequences: stopSequences.map(String) }),
    ...(asked.deadlineMs !== undefined && { deadlineMs: asked.deadlineMs }),
  })
  const { model, role, content, stopReason } = answer
  // A server that did not ask for tools takes one block.
  const only = content.length === 1 ? content[0] : text(content.map((block) => textOf(block)).join('\n'))
  return { result: { model, role, content: only as unknown as JsonObject, ...(stopReason && { stopReason }) } }
}

/** The messages as the person allows them, with the last one as they wrote it; undefined where they do not. */
async function allowed(
  ctx: Context,
  { upstream, ask, key, deadlineMs }: AskedStep,
  messages: readonly Message[],
): Promise<readonly Message[] | undefined> {
  const { systemPrompt } = ask.params
  const shown = messages.map(({ role, content }) => `${role}: ${content.map((block) => textOf(block)).join('\n')}`)
  const system = typeof systemPrompt === 'string' ? [`system: ${systemPrompt}`] : []
  const last = messages.at(-1)
  const isText = last?.content.length === 1 && last.content[0]?.type === 'text'
  const { action, content } = await ctx.elicit({
    key,
    message: [`${upstream.server} wants to ask the model, in a call of ${upstream.name}:`, ...system, ...shown].join(
      '\n\n',
    ),
    schema: toForm(isText ? textOf(last.content[0]) : undefined),
    ...(deadlineMs !== undefined && { deadlineMs }),
  })
  if (action !== 'accept' || content?.decision !== 'allow') return undefined
  const edited = content.text
  if (!isText || typeof edited !== 'string') return messages
  return [...messages.slice(0, -1), { ...last, content: [text(edited)] }]
}

const toForm = (last: string | undefined): JsonSchema => ({
  type: 'object',
  properties: {
    decision: {
      type: 'string',
      title: 'May it ask the model?',
      oneOf: [
        { const: 'allow', title: 'Yes' },
        { const: 'deny', title: 'No' },
      ],
    },
    ...(last !== undefined && { text: { type: 'string', title: 'The last message, to be changed', default: last } }),
  },
  required: ['decision'],
})

/** Content may be one block or several. */
function toMessages(messages: unknown): readonly Message[] {
  if (!Array.isArray(messages)) return []
  return messages.map(({ role, content }) => ({ role, content: [content].flat() }))
}

const textOf = (block: MessageBlock | undefined): string =>
  block?.type === 'text' ? String(block.text) : `[${block?.type}]`
