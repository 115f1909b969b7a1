import type { ModelAnswer } from '@longhaul/task'
import type { Endpoint } from '../endpoint.ts'
import type { CallOptions, ModelRequest } from '../model.ts'
import type { ProviderCall, ProviderMetadata } from './language-model.ts'
import { readStream } from './read-stream.ts'
import { toAnswer } from './to-answer.ts'
import { toModelError } from './to-model-error.ts'
import { toPrompt } from './to-prompt.ts'
import { type ToolNames, toolNames } from './tool-names.ts'
import { WIRES } from './wires.ts'

/**
 * One turn of a provider's model: one HTTP request, never repeated here.
 * @throws ModelError, or the signal's reason
 */
export async function generateTurn(
  endpoint: Endpoint,
  request: ModelRequest,
  { signal, onDelta }: CallOptions,
): Promise<ModelAnswer> {
  signal.throwIfAborted()
  const names = toolNames(request.tools ?? [])
  try {
    const model = WIRES[endpoint.wire].create(endpoint)
    const call = { ...toCall(endpoint, request, names), abortSignal: signal }
    const generated = onDelta
      ? await readStream(await model.doStream(call), (delta) => onDelta({ model: endpoint.id, ...delta }))
      : await model.doGenerate(call)
    return toAnswer(generated, endpoint.id, names)
  } catch (error) {
    signal.throwIfAborted()
    throw toModelError(error, endpoint)
  }
}

function toCall({ id, provider, wire }: Endpoint, request: ModelRequest, names: ToolNames): ProviderCall {
  const { traits, options } = WIRES[wire]
  const { tools = [], toolChoice, temperature, stopSequences, metadata } = request
  return {
    prompt: toPrompt(request, { model: id, traits, names }),
    maxOutputTokens: request.maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(stopSequences?.length && { stopSequences: [...stopSequences] }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, title, description = title, inputSchema }) => ({
        type: 'function' as const,
        name: names.toProvider(name),
        ...(description !== undefined && { description }),
        inputSchema: inputSchema as object,
      })),
      ...(toolChoice && { toolChoice: { type: toolChoice.mode } }),
    }),
    providerOptions: { [provider]: { ...options(request), ...ownOptions(metadata?.[provider]) } },
  }
}

/** The `metadata` of a sampling request is for the provider, in its own words: here under its name. */
const ownOptions = (value: unknown): ProviderMetadata[string] =>
  typeof value === 'object' && value !== null ? { ...value } : {}
