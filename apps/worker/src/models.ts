import { chooseModel, type Model } from '@longhaul/models'
import type { Generate, ModelChooser } from '@longhaul/runtime'

export interface ModelsOptions {
  readonly env: NodeJS.ProcessEnv
  /** The project's folder: paths of scripts count from it. */
  readonly folder: string
  readonly modelTimeoutMs: number
}

/** The models that this worker can call, each looked up once. */
export function createModels({ env, folder, modelTimeoutMs }: ModelsOptions): ModelChooser {
  const chosen = new Map<string, 'caller' | Generate>()
  return {
    choose(name = 'auto') {
      const known = chosen.get(name)
      if (known) return known
      const choice = chooseModel(name, { env, folder })
      const model = choice.kind === 'caller' ? 'caller' : withLimit(choice.model, modelTimeoutMs)
      chosen.set(name, model)
      return model
    },
  }
}

function withLimit(model: Model, limitMs: number): Generate {
  return async ({ messages, options }, { signal }) => {
    const limit = AbortSignal.timeout(limitMs)
    try {
      return await model.generate({ ...options, messages }, { signal: AbortSignal.any([signal, limit]) })
    } catch (error) {
      if (error !== limit.reason) throw error
      throw new Error(`The model gave no answer within ${limitMs} ms (LONGHAUL_MODEL_TIMEOUT_MS).`)
    }
  }
}
