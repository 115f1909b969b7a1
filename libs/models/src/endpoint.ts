import type { Env } from './env.ts'
import { ModelChoiceError } from './model-choice-error.ts'

/** How a provider is talked to; `compatible` is OpenAI's chat completions, as other servers speak them. */
export type Wire = 'anthropic' | 'openai' | 'google' | 'compatible'

interface Provider {
  readonly wire: Wire
  readonly keyVariable: string
  readonly urlVariable: string
  /** What it cannot do without. */
  readonly needs: 'key' | 'url' | 'nothing'
  /** Where it is when nobody says; absent: the AI SDK knows. */
  readonly baseUrl?: string
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  anthropic: provider('anthropic', 'ANTHROPIC', 'key'),
  openai: provider('openai', 'OPENAI', 'key'),
  google: provider('google', 'GOOGLE_GENERATIVE_AI', 'key'),
  ollama: provider('compatible', 'OLLAMA', 'nothing', 'http://127.0.0.1:11434/v1'),
  vllm: provider('compatible', 'VLLM', 'nothing', 'http://127.0.0.1:8000/v1'),
  compatible: provider('compatible', 'OPENAI_COMPATIBLE', 'url'),
}

function provider(wire: Wire, prefix: string, needs: Provider['needs'], baseUrl?: string): Provider {
  const variables = { keyVariable: `${prefix}_API_KEY`, urlVariable: `${prefix}_BASE_URL` }
  return { wire, ...variables, needs, ...(baseUrl !== undefined && { baseUrl }) }
}

/** Where a model is, and what to send to be let in. */
export interface Endpoint {
  /** `provider/model`. */
  readonly id: string
  /** Before the slash. */
  readonly provider: string
  readonly wire: Wire
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
  const found = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined
  const model = name.slice(slash + 1)
  if (slash < 1 || model === '')
    throw new ModelChoiceError(
      `'${name}' names no model. Write provider/model (for example anthropic/claude-sonnet-5-5), 'caller', 'auto' or 'scripted:<file>'.`,
    )
  if (!found)
    throw new ModelChoiceError(
      `'${name}': there is no provider '${provider}'. Write ${Object.keys(PROVIDERS).join('/…, ')}/…; the last is any server that speaks OpenAI's chat completions.`,
    )

  const { wire, keyVariable, urlVariable, needs } = found
  const apiKey = env[keyVariable]?.trim() || undefined
  const baseUrl = env[urlVariable]?.trim() || found.baseUrl
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
  return { id: name, provider, wire, model, apiKey, baseUrl, keyVariable, urlVariable }
}
