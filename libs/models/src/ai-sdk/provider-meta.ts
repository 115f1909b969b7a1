import type { JsonObject, MessageBlock } from '@longhaul/task'
import { z } from 'zod'
import { PROVIDER_META } from '../model-meta.ts'
import type { ProviderMetadata } from './language-model.ts'

/** Reasoning that came before a block. Providers sign it and want it back in its place, unchanged. */
export interface Reasoning {
  readonly text: string
  readonly metadata?: ProviderMetadata | undefined
}

/** What a provider gave with a block, kept in the block's `_meta` because no MCP content type holds it. */
export interface ProviderMeta {
  readonly before?: readonly Reasoning[] | undefined
  readonly metadata?: ProviderMetadata | undefined
}

const metadata = z.record(z.string(), z.record(z.string(), z.json()))
const stored = z.object({
  model: z.string(),
  metadata: metadata.optional(),
  before: z.array(z.object({ text: z.string(), metadata: metadata.optional() })).optional(),
})

/** `_meta` for a block of `model`'s turn, or nothing where there is nothing to keep. */
export function providerMeta(model: string, { before = [], metadata }: ProviderMeta): JsonObject | undefined {
  if (before.length === 0 && metadata === undefined) return undefined
  const kept = { model, ...(metadata && { metadata }), ...(before.length > 0 && { before }) }
  return { [PROVIDER_META]: kept as unknown as JsonObject }
}

/** What `model` gave with this block; nothing where another model did, since it could not read the signatures. */
export function readProviderMeta(model: string, block: MessageBlock): ProviderMeta {
  const kept = (block._meta as JsonObject | undefined)?.[PROVIDER_META]
  if (kept === undefined) return {}
  const parsed = stored.safeParse(kept)
  return parsed.success && parsed.data.model === model ? parsed.data : {}
}
