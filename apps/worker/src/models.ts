import {
  chooseModel,
  type Model,
  type ModelChoice,
  ModelChoiceError,
  PRICES,
  type PriceTable,
  windowOf,
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
  /** A model that comes before what its name means. */
  readonly model?: ((name: string) => Model | undefined) | undefined
}

export interface Models extends ModelChooser {
  /** Tokens of the window of a model, of a list that of the first; undefined where nobody knows. */
  windowOf(model: string | readonly string[] | undefined): number | undefined
}

/** The models that this worker can call, each looked up once. */
export function createModels(options: ModelsOptions): Models {
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
    windowOf: (name) => windowOfChoice([name].flat()[0], options),
  }
}

function windowOfChoice(name: string | undefined, options: ModelsOptions): number | undefined {
  try {
    const choice = choose(name, options)
    if (choice.kind === 'caller') return options.settings.callerWindowTokens || undefined
    return windowOf(choice.model.id, [options.prices(), PRICES])
  } catch (error) {
    // Whoever asks it for a turn is told why not.
    if (error instanceof ModelChoiceError) return undefined
    throw error
  }
}

function choose(name: string | undefined, options: ModelsOptions): ModelChoice {
  const model = options.model?.(name ?? 'auto')
  return model ? { kind: 'model', model } : chooseModel(name, options)
}

function toGenerate(names: readonly string[], options: ModelsOptions): 'caller' | Generate {
  const { settings, pauses, prices } = options
  const choices = names.map((name) => choose(name, options))
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
