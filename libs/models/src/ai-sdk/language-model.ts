import type { LanguageModel } from 'ai'

/** The AI SDK's port of a provider: one request, one turn, no tool loop and no retries. */
export type ProviderModel = Extract<LanguageModel, { specificationVersion: 'v4' }>

export type ProviderCall = Parameters<ProviderModel['doGenerate']>[0]
export type Generated = Awaited<ReturnType<ProviderModel['doGenerate']>>

export type Streamed = Awaited<ReturnType<ProviderModel['doStream']>>
export type StreamPart = Streamed['stream'] extends ReadableStream<infer Part> ? Part : never

export type PromptMessage = ProviderCall['prompt'][number]
type PartOf<Role> = Exclude<Extract<PromptMessage, { role: Role }>['content'], string>[number]
export type UserPart = PartOf<'user'>
export type AssistantPart = PartOf<'assistant'>
export type ToolPart = Extract<PartOf<'tool'>, { type: 'tool-result' }>
export type FilePart = Extract<UserPart, { type: 'file' }>

/** What providers hang on their parts, by provider name; goes back to them as it came. */
export type ProviderMetadata = NonNullable<UserPart['providerOptions']>
