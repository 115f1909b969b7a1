import type { JsonObject } from '@longhaul/task'
import { chatAnswer, chatCall } from '@longhaul/testbed/providers'
import { type Block, playTurn, type SamplingParams, scriptIn } from './script.ts'

/** What a worker asks a provider of models, as far as it matters here. */
export interface ChatRequest {
  readonly messages: readonly {
    readonly role: 'system' | 'user' | 'assistant' | 'tool'
    readonly content?: string | readonly Block[] | null
  }[]
}

/** A turn that a model of a provider took. */
export interface TurnSeen {
  /** Of the planned task. */
  readonly label: string
  /** From 1. */
  readonly turn: number
  readonly at: number
  readonly answer: JsonObject
}

/** A worker writes this before the result of a call that failed. */
const FAILURE = 'The tool call failed.'

/** The next turn of a model that a worker calls by OpenAI's chat completions: that of a client's would be the same. */
export function takeTurn(request: ChatRequest): { readonly seen: TurnSeen; readonly reply: object } {
  const params = toParams(request)
  const answer = playTurn(params)
  const turn = params.messages.filter(({ role }) => role === 'assistant').length + 1
  return { seen: { label: scriptIn(params).label, turn, at: Date.now(), answer }, reply: toReply(answer) }
}

const toParams = ({ messages }: ChatRequest): SamplingParams => ({
  messages: messages
    .filter(({ role }) => role !== 'system')
    .map(({ role, content }) => {
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? [])
      if (role !== 'tool') return { role, content: blocks }
      const isError = blocks[0]?.text?.startsWith(FAILURE) === true
      return { role: 'user', content: { type: 'tool_result', isError, content: blocks } }
    }),
})

interface Said extends Block {
  readonly id?: string
  readonly name?: string
  readonly input?: object
}

function toReply(answer: JsonObject): object {
  const said = answer.content as unknown as readonly Said[]
  const text = said.flatMap((one) => one.text ?? []).join('\n')
  const calls = said.flatMap(({ type, id, name, input }) =>
    type === 'tool_use' ? chatCall(id ?? '', name ?? '', JSON.stringify(input)) : [],
  )
  return calls.length > 0
    ? chatAnswer({ content: text, tool_calls: calls }, 'tool_calls')
    : chatAnswer({ content: text }, 'stop')
}
