import { createHash } from 'node:crypto'
import type { ModelAnswer } from '@longhaul/task'
import { type Endpoint, resolveEndpoint } from './endpoint.ts'
import type { Env } from './env.ts'
import type { CallOptions, Model, ModelRequest } from './model.ts'

/**
 * The model that `provider/model` names. Nothing is called before `generate`.
 * @throws ModelChoiceError that says what to set or write instead
 */
export function resolveModel(name: string, env: Env): Model {
  const endpoint = resolveEndpoint(name, env)
  return {
    id: endpoint.id,
    account: accountOf(endpoint),
    async generate(request: ModelRequest, options: CallOptions): Promise<ModelAnswer> {
      // Loaded late: a worker whose models are all the caller's need not hold the provider packages in memory.
      const { generateTurn } = await import('./ai-sdk/generate-turn.ts')
      return generateTurn(endpoint, request, options)
    },
  }
}

/** Keys are long and random, so that nobody finds one from its hash. */
const accountOf = ({ provider, baseUrl = '', apiKey = '' }: Endpoint): string =>
  createHash('sha256').update([provider, baseUrl, apiKey].join('\n')).digest('base64url').slice(0, 22)
