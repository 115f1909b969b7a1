import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Env } from './env.ts'
import type { Model } from './model.ts'
import { ModelChoiceError } from './model-choice-error.ts'
import { resolveModel } from './resolve-model.ts'
import { loadScriptedModel } from './script-file.ts'

/** What `auto` takes where only the provider's key is set: the everyday tier of each, as of November 2026. */
export const DEFAULT_ANTHROPIC_MODEL = 'anthropic/claude-sonnet-5-5'
export const DEFAULT_OPENAI_MODEL = 'openai/gpt-6.1-sol'

/** Who takes the model's turns: whoever called the task (by sampling requests), or a model that the worker calls. */
export type ModelChoice = { readonly kind: 'caller' } | { readonly kind: 'model'; readonly model: Model }

export interface ModelContext {
  readonly env: Env
  /** The project's folder; paths of scripts count from it. */
  readonly folder: string
}

const SCRIPTED = 'scripted:'

/**
 * The model that an agent asks for, in one of four ways:
 * - `caller`: the model of whoever called
 * - `scripted:<file>`: the turns in that YAML file
 * - `provider/model`: see resolveModel
 * - `auto`, or nothing: what LONGHAUL_MODEL says (any of the above); else a default model of the first provider
 *   whose key is set, Anthropic before OpenAI; else what LONGHAUL_MODEL_WITHOUT_KEY says, else `caller`
 * @throws ModelChoiceError that says what to set or write instead
 */
export function chooseModel(requested: string | undefined, context: ModelContext): ModelChoice {
  const name = requested?.trim() || 'auto'
  if (name === 'auto') return chooseModel(automaticModel(context.env), context)
  if (name === 'caller') return { kind: 'caller' }
  if (name.startsWith(SCRIPTED))
    return { kind: 'model', model: readScript(name.slice(SCRIPTED.length).trim(), context.folder) }
  return { kind: 'model', model: resolveModel(name, context.env) }
}

function automaticModel(env: Env): string {
  const configured = env.LONGHAUL_MODEL?.trim() || 'auto'
  if (configured !== 'auto') return configured
  if (env.ANTHROPIC_API_KEY?.trim()) return DEFAULT_ANTHROPIC_MODEL
  if (env.OPENAI_API_KEY?.trim()) return DEFAULT_OPENAI_MODEL
  const otherwise = env.LONGHAUL_MODEL_WITHOUT_KEY?.trim() || 'auto'
  return otherwise === 'auto' ? 'caller' : otherwise
}

function readScript(file: string, folder: string): Model {
  let text: string
  try {
    text = readFileSync(resolve(folder, file), 'utf8')
  } catch (error) {
    throw new ModelChoiceError(
      `The script '${file}' cannot be read (${(error as NodeJS.ErrnoException).code}). Write scripted:<file>, with a path from the project's folder.`,
    )
  }
  const loaded = loadScriptedModel(text, file)
  if (loaded.kind === 'problems') throw new ModelChoiceError(`The script '${file}' has mistakes:`, loaded.problems)
  return loaded.model
}
