import { chooseModel } from '@longhaul/models'
import type { Generate, ModelChooser } from '@longhaul/runtime'

export interface ModelsOptions {
  readonly env: NodeJS.ProcessEnv
  /** The project's folder: paths of scripts count from it. */
  readonly folder: string
}

/** The models that this worker can call, each looked up once. */
export function createModels({ env, folder }: ModelsOptions): ModelChooser {
  const chosen = new Map<string, 'caller' | Generate>()
  return {
    choose(name = 'auto') {
      const known = chosen.get(name)
      if (known) return known
      const choice = chooseModel(name, { env, folder })
      const model: 'caller' | Generate =
        choice.kind === 'caller'
          ? 'caller'
          : ({ messages, options }, { signal }) => choice.model.generate({ ...options, messages }, { signal })
      chosen.set(name, model)
      return model
    },
  }
}
