import {
  chooseModel,
  type Model,
  ModelChoiceError,
  type PriceTable,
  withFallbacks,
  withPauses,
  withPrices,
} from '@longhaul/models'
import type { Generate, ModelChooser } from '@longhaul/runtime'
import type { Pauses, Settings } from '@longhaul/task'

export interface ModelsOptions {
  readonly env: NodeJS.ProcessEnv
  /** The project's folder: paths of scripts count from it. */
  readonly folder: string
  readonly settings: Settings
  readonly pauses: Pauses
  /** What models cost, where the project says so. */
  readonly prices: () => PriceTable
}

/** The models that this worker can call, each looked up once. */
export function createModels(options: ModelsOptions): ModelChooser {
  const chosen = new Map<string, 'caller' | Generate>()
  return {
    choose(name = 'auto') {
      const names = [name].flat()
      const key = JSON.stringify(names)
      const known = chosen.get(key)
      if (known) return known
      const model = toGenerate(names, options)
      chosen.set(key, model)
      return model
    },
  }
}

function toGenerate(names: readonly string[], options: ModelsOptions): 'caller' | Generate {
  const { settings, pauses, prices } = options
  const choices = names.map((name) => chooseModel(name, options))
  const [first, ...others] = choices.flatMap((choice): Model[] =>
    choice.kind === 'model' ? [withPrices(withPauses(choice.model, { pauses, settings }), prices)] : [],
  )
  if (!first) return 'caller'
  if (others.length + 1 < choices.length)
    throw new ModelChoiceError(
      `The model of whoever calls (caller, or auto without a key) cannot be one of several: ${names.join(', ')}.`,
    )
  const model = withFallbacks([first, ...others])
  return ({ messages, options: asked }, given) => model.generate({ ...asked, messages }, given)
}
