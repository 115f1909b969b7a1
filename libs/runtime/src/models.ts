import type { Conversation, Delta, ModelAnswer } from '@longhaul/task'

interface GenerateOptions {
  readonly signal: AbortSignal
  /** Told what the model says as it says it, where somebody may want to hear of it. */
  readonly onDelta?: ((delta: Pick<Delta, 'model' | 'kind' | 'text'>) => void) | undefined
}

export type Generate = (conversation: Conversation, options: GenerateOptions) => Promise<ModelAnswer>

/** Which model takes a turn: the caller's own, as a question to the client, or one that this process calls. */
export interface ModelChooser {
  /**
   * @param model of a list, each is there for when those before it give no answer
   * @throws Error that says what to configure when there is no such model
   */
  choose(model: string | readonly string[] | undefined): 'caller' | Generate
  /**
   * The most US dollars that a turn can cost, of a list all of them together; undefined where the price of one is not known.
   * Absent where no prices are.
   */
  mostUsd?(
    model: string | readonly string[] | undefined,
    tokens: { readonly inputTokens: number; readonly outputTokens: number },
  ): number | undefined
}
