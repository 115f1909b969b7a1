import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { Endpoint, Wire } from '../endpoint.ts'
import type { ModelRequest } from '../model.ts'
import type { ProviderMetadata, ProviderModel } from './language-model.ts'
import { patientFetch } from './patient-fetch.ts'

/** What a wire can carry. Anything else is put into words or next to where it belongs. */
export interface Traits {
  /** A tool result in words can be marked as an error. */
  readonly toolErrors: boolean
  /** A tool result can hold images. */
  readonly toolImages: boolean
  /** Media types of sounds in a user's message. */
  readonly audio: readonly string[]
}

interface WireAdapter {
  readonly traits: Traits
  create(endpoint: Endpoint): ProviderModel
  /** Options in the provider's own words, apart from those that the request brings. */
  options(request: ModelRequest): ProviderMetadata[string]
}

/** Sounds that both wires take which take any. */
const SOUNDS = ['audio/wav', 'audio/mp3', 'audio/mpeg']

export const WIRES: Readonly<Record<Wire, WireAdapter>> = {
  anthropic: {
    traits: { toolErrors: true, toolImages: true, audio: [] },
    create: ({ model, apiKey, baseUrl }) =>
      createAnthropic({ apiKey, baseURL: baseUrl && versioned(baseUrl), fetch: patientFetch })(model),
    // A loop sends the same beginning again with every turn: the cache makes all but the first cheap.
    // Arguments that are streamed as they come may be no JSON, and nobody looks at half of them here.
    options: ({ tools }) => ({
      toolStreaming: false,
      ...(tools?.length && { cacheControl: { type: 'ephemeral' } }),
    }),
  },
  openai: {
    traits: { toolErrors: true, toolImages: true, audio: [] },
    create: ({ model, apiKey, baseUrl }) => createOpenAI({ apiKey, baseURL: baseUrl, fetch: patientFetch })(model),
    // A task may go on long after OpenAI forgot what it stored: every turn brings the whole conversation itself.
    options: () => ({ store: false }),
  },
  google: {
    traits: { toolErrors: true, toolImages: true, audio: [...SOUNDS, 'audio/aac', 'audio/ogg', 'audio/flac'] },
    create: ({ model, apiKey, baseUrl }) => createGoogle({ apiKey, baseURL: baseUrl, fetch: patientFetch })(model),
    options: () => ({}),
  },
  compatible: {
    traits: { toolErrors: false, toolImages: false, audio: SOUNDS },
    create: ({ provider, model, apiKey, baseUrl = '' }) =>
      createOpenAICompatible({ name: provider, apiKey, baseURL: baseUrl, includeUsage: true, fetch: patientFetch })(
        model,
      ),
    options: () => ({}),
  },
}

/** ANTHROPIC_BASE_URL is set without /v1 for Anthropic's own clients, and with it for the AI SDK: both are right. */
const versioned = (baseUrl: string): string => `${baseUrl.replace(/(\/v1)?\/*$/, '')}/v1`
