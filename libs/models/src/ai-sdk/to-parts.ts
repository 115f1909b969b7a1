import { type ContentBlock, contentText } from '@longhaul/task'
import type { FilePart, UserPart } from './language-model.ts'
import type { Traits } from './wires.ts'

type TextPart = Extract<UserPart, { type: 'text' }>

/** A content block as a provider takes it: text, or a file where the provider's wire has a place for its kind. */
export function toPart(block: ContentBlock, traits: Traits): TextPart | FilePart {
  const fits = block.type === 'image' || (block.type === 'audio' && traits.audio.includes(block.mimeType))
  if (!fits) return { type: 'text', text: contentText(block) }
  return { type: 'file', mediaType: block.mimeType, data: { type: 'data', data: block.data } }
}
