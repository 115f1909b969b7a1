import type { Conversation, ModelAnswer } from '@longhaul/task'

export type Generate = (conversation: Conversation, options: { readonly signal: AbortSignal }) => Promise<ModelAnswer>

/** Which model takes a turn: the caller's own, as a question to the client, or one that this process calls. */
export interface ModelChooser {
  /** @throws Error that says what to configure when there is no such model */
  choose(model: string | undefined): 'caller' | Generate
}
