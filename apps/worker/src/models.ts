import {
  chooseModel,
  type Model,
  type ModelChoice,
  ModelChoiceError,
  type MostTokens,
  PRICES,
  type PriceTable,
  windowOf,
  withFallbacks,
  withPauses,
  withPrices,
} from '@longhaul/models'
import { aroundModel, type Generate, type Middleware, type ModelChooser } from '@longhaul/runtime'
import type { Pauses, Settings } from '@longhaul/task'

export interface ModelsOptions {
  readonly env: NodeJS.ProcessEnv
  /** The project's folder: paths of scripts count from it. */
  readonly folder: string
  readonly settings: Settings
  readonly pauses: Pauses
  /** What models cost, where the project says so. */
  readonly prices: () => PriceTable
  /** What runs around each of them. */
  readonly middleware?: () => readonly Middleware[]
  /** A model that comes before what its name means. */
  readonly model?: ((name: string) => Model | undefined) | undefined
}

export interface Models extends ModelChooser {
  /** Tokens of the window of a model, of a list that of the first; undefined where nobody knows. */
  windowOf(model: string | readonly string[] | undefined): number | undefined
}

/** The models that this worker can call, each looked up once. */
export function createModels(options: ModelsOptions): Models {
  const chosen = new Map<string, Chosen>()
  const find = (name: string | readonly string[] = 'auto'): Chosen => {
    const names = [name].flat()
    const key = JSON.stringify(names)
    const model = chosen.get(key) ?? toChosen(names, options)
    chosen.set(key, model)
    return model
  }
  return {
    choose: (name) => find(name).generate,
    mostUsd: (name, tokens) => find(name).mostUsd(tokens),
    windowOf: (name) => {
      try {
        return find([name].flat()[0]).window()
      } catch (error) {
        // Whoever asks it for a turn is told why not.
        if (error instanceof ModelChoiceError) return undefined
        throw error
      }
    },
  }
}

function choose(name: string | undefined, options: ModelsOptions): ModelChoice {
  const model = options.model?.(name ?? 'auto')
  return model ? { kind: 'model', model } : chooseModel(name, options)
}

interface Chosen {
  readonly generate: 'caller' | Generate
  readonly mostUsd: (tokens: MostTokens) => number | undefined
  /** Tokens; of several models those of the first. */
  readonly window: () => number | undefined
}

function toChosen(names: readonly string[], options: ModelsOptions): Chosen {
  const { settings, pauses, prices } = options
  const choices = names.map((name) => choose(name, options))
  const [first, ...others] = choices.flatMap((choice): Model[] =>
    choice.kind === 'model' ? [withPrices(withPauses(choice.model, { pauses, settings }), prices)] : [],
  )
  if (!first) return { generate: 'caller', mostUsd: () => 0, window: () => settings.callerWindowTokens || undefined }
  if (others.length + 1 < choices.length)
    throw new ModelChoiceError(
      `The model of whoever calls (caller, or auto without a key) cannot be one of several: ${names.join(', ')}.`,
    )
  const model = withFallbacks([first, ...others])
  const generate: Generate = ({ messages, options: asked }, given) => model.generate({ ...asked, messages }, given)
  const asked = names.length === 1 ? (names[0] ?? 'auto') : names
  return {
    generate: (conversation, given) => aroundModel(generate, asked, options.middleware?.() ?? [])(conversation, given),
    mostUsd: (tokens) => {
      const costs = [first, ...others].flatMap((one) => one.mostUsd?.(tokens) ?? [])
      // Each of them may be asked before one answers.
      return costs.length > others.length ? costs.reduce((sum, cost) => sum + cost, 0) : undefined
    },
    window: () => windowOf(first.id, [prices(), PRICES]),
  }
}
