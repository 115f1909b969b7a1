import type { ContentBlock, FinishedTask, JsonObject } from '@longhaul/task'
import { toServed } from '../served.ts'
import { toBlock } from './outcome.ts'
import type { Features } from './version.ts'

/**
 * The result of prompts/get or resources/read in the words of a revision.
 * @throws RpcError, LonghaulError
 */
export function toServedResult(task: FinishedTask, features: Features): JsonObject {
  const { messages, ...result } = toServed(task)
  if (!Array.isArray(messages)) return result
  const trimmed = (messages as readonly { readonly role: string; readonly content: ContentBlock }[]).map((message) => ({
    ...message,
    content: toBlock(message.content, features) as unknown as JsonObject,
  }))
  return { ...result, messages: trimmed }
}
