import { createScriptedModel, type Model } from '@longhaul/models'
import type { JsonObject } from '@longhaul/task'

/** One turn of a model: what it says, what it calls, or both; or how it fails. */
export interface Turn {
  readonly say?: string
  /** Called side by side. */
  readonly call?: readonly { readonly tool: string; readonly with?: JsonObject }[]
  /** What must occur in what is new to the model since its turn before; else the turn fails, and says what was there. */
  readonly expect?: readonly string[]
  /** The call of the model fails with this message, for good. */
  readonly fail?: string
}

/** The turns of those conversations in whose system prompt, or first message, all of these occur. */
export interface Conversation {
  readonly when: readonly string[]
  readonly turns: readonly Turn[]
}

const NAME = 'the script of the test'

/** A model that takes these turns, in each conversation from the first one on; or those of the conversation that fits. */
export function scripted(script: readonly Turn[] | readonly Conversation[]): Model {
  const conversations = script.every(isConversation) ? script : [{ when: [], turns: script as readonly Turn[] }]
  return createScriptedModel(
    conversations.map(({ when, turns }) => ({ when, turns: turns.map(complete) })),
    NAME,
  )
}

const isConversation = (one: Turn | Conversation): one is Conversation => 'turns' in one

const complete = ({ call = [], ...turn }: Turn, place: number) => ({
  ...{ delayMs: 0, expect: [], ...turn },
  call: call.map(({ tool, with: args = {} }) => ({ tool, with: args })),
  line: place + 1,
})
