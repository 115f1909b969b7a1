import type { ModelDelta } from '../model.ts'
import type { Generated, ProviderMetadata, Streamed, StreamPart } from './language-model.ts'
import { ConnectionFailure } from './patient-fetch.ts'
import { BrokenStream, NoStream } from './stream-failures.ts'

type Content = Generated['content'][number]
type Growing = { type: 'text' | 'reasoning'; text: string; providerMetadata?: ProviderMetadata }

/**
 * A turn that comes in pieces, put together as if it had come whole.
 * @throws BrokenStream when it ends before it is complete, or says that something is wrong; NoStream; ConnectionFailure
 */
export async function readStream(
  { stream, response }: Streamed,
  onDelta: (delta: Omit<ModelDelta, 'model'>) => void,
): Promise<Pick<Generated, 'content' | 'finishReason' | 'usage'>> {
  const isEventStream = response?.headers?.['content-type']?.startsWith('text/event-stream') === true
  const content: Content[] = []
  const growing = new Map<string, Growing>()
  let finish: Extract<StreamPart, { type: 'finish' }> | undefined
  for await (const part of stream) {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const type = part.type === 'text-start' ? 'text' : 'reasoning'
        const block: Growing = { type, text: '' }
        growing.set(keyOf(part), block)
        content.push(block)
        keepMetadata(block, part.providerMetadata)
        break
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const block = growing.get(keyOf(part))
        if (!block) break
        block.text += part.delta
        keepMetadata(block, part.providerMetadata)
        if (part.delta !== '') onDelta({ kind: block.type === 'text' ? 'text' : 'thinking', text: part.delta })
        break
      }
      case 'text-end':
      case 'reasoning-end': {
        const block = growing.get(keyOf(part))
        if (block) keepMetadata(block, part.providerMetadata)
        break
      }
      case 'tool-call':
      case 'file':
        content.push(part)
        break
      case 'error':
        if (part.error instanceof ConnectionFailure) throw part.error
        if (isEventStream) throw new BrokenStream(part.error)
        throw new NoStream()
      case 'finish':
        finish = part
        break
    }
  }
  if (!finish || finish.finishReason.unified === 'interrupted')
    throw isEventStream ? new BrokenStream() : new NoStream()
  return { content, finishReason: finish.finishReason, usage: finish.usage }
}

/** A text and a thought may have the same id. */
const keyOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type.split('-')[0]} ${id}`

/** Signatures come with any piece of what they sign. */
function keepMetadata(block: Growing, metadata: ProviderMetadata | undefined): void {
  if (!metadata) return
  const known = block.providerMetadata ?? {}
  const added = Object.entries(metadata).map(([provider, more]) => [provider, { ...known[provider], ...more }])
  block.providerMetadata = { ...known, ...Object.fromEntries(added) }
}
