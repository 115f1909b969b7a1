import type { Conversation, JsonObject, Message } from '@longhaul/task'

/** A conversation as the params of sampling/createMessage with tools; one block stands alone, several as a list (P5). */
export const toSamplingParams = ({ messages, options }: Conversation): JsonObject =>
  ({ ...options, messages: messages.map(toMessage) }) as unknown as JsonObject

const toMessage = ({ role, content }: Message) => ({ role, content: content.length === 1 ? content[0] : content })
