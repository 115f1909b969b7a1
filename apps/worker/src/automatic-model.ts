import { chooseModel } from '@longhaul/models'

/**
 * The model of agents that name none, as provider/model; undefined where it is that of whoever calls.
 * @throws Error that says what to set
 */
export function automaticModel(env: NodeJS.ProcessEnv, dir: string): string | undefined {
  const choice = chooseModel(undefined, { env, folder: dir })
  return choice.kind === 'model' ? choice.model.id : undefined
}
