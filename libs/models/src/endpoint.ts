import type { Env } from './env.ts'
import { ModelChoiceError } from './model-choice-error.ts'

const PROVIDERS = {
  anthropic: { keyVariable: 'ANTHROPIC_API_KEY', urlVariable: 'ANTHROPIC_BASE_URL', needs: 'key' },
  openai: { keyVariable: 'OPENAI_API_KEY', urlVariable: 'OPENAI_BASE_URL', needs: 'key' },
  compatible: { keyVariable: 'OPENAI_COMPATIBLE_API_KEY', urlVariable: 'OPENAI_COMPATIBLE_BASE_URL', needs: 'url' },
} as const

export type ProviderName = keyof typeof PROVIDERS

/** Where a model is, and what to send to be let in. */
export interface Endpoint {
  /** `provider/model`. */
  readonly id: string
  readonly provider: ProviderName
  /** The name that the provider knows the model by. */
  readonly model: string
  readonly apiKey?: string
  /** Absent: the provider's own. */
  readonly baseUrl?: string
  /** Environment variables that `apiKey` and `baseUrl` came from. */
  readonly keyVariable: string
  readonly urlVariable: string
}

/**
 * Where the model is that `provider/model` names, from the environment.
 * @throws ModelChoiceError that says what to set or write instead
 */
export function resolveEndpoint(name: string, env: Env): Endpoint {
  const slash = name.indexOf('/')
  const provider = name.slice(0, slash)
  const model = name.slice(slash + 1)
  if (slash < 1 || model === '')
    throw new ModelChoiceError(
      `'${name}' names no model. Write provider/model (for example anthropic/claude-sonnet-5-5), 'caller', 'auto' or 'scripted:<file>'.`,
    )
  if (!isProvider(provider))
    throw new ModelChoiceError(
      `'${name}': there is no provider '${provider}'. Write anthropic/…, openai/…, or compatible/… for any server that speaks OpenAI's chat completions.`,
    )

  const { keyVariable, urlVariable, needs } = PROVIDERS[provider]
  const apiKey = env[keyVariable]?.trim() || undefined
  const baseUrl = env[urlVariable]?.trim() || undefined
  if (needs === 'key' && apiKey === undefined)
    throw new ModelChoiceError(
      `'${name}' needs a key. Set ${keyVariable}, or choose the model 'caller' to use the one of whoever calls.`,
    )
  if (needs === 'url' && baseUrl === undefined)
    throw new ModelChoiceError(`'${name}' needs a server. Set ${urlVariable}, for example http://127.0.0.1:11434/v1.`)
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw new ModelChoiceError(`${keyVariable} has characters that no key has (spaces, line breaks). Set it again.`)
  if (baseUrl !== undefined && !/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? ''))
    throw new ModelChoiceError(`${urlVariable} is no URL. Set one that begins with http:// or https://.`)
  return { id: name, provider, model, apiKey, baseUrl, keyVariable, urlVariable }
}

const isProvider = (name: string): name is ProviderName => Object.hasOwn(PROVIDERS, name)
