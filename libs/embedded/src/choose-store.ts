import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { parseStoreUrl } from '@longhaul/task'
import { EMBEDDED_FOLDER, NATIVE_FOLDER, SNAPSHOT_FILE } from './durability.ts'

export type StoreKind = 'external' | 'native' | 'embedded'
export type StoreChoice =
  | { readonly kind: 'external'; readonly url: string }
  | { readonly kind: 'native'; readonly program: string }
  | { readonly kind: 'embedded' }

/** Names of a server, in order of preference. */
export const NATIVE_SERVERS = ['valkey-server', 'redis-server'] as const

export interface StoreWish {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly keep: boolean
  readonly kind?: 'native' | 'embedded'
  readonly log: (line: string) => void
}

/**
 * REDIS_URL where it is set, else a server on the PATH, else the embedded one. Data that is there decides against the
 * PATH: a server installed today must not make the tasks of yesterday disappear.
 * @throws Error when REDIS_URL is none, or the data needs a server that is not there.
 */
export function chooseStore({ folder, env, keep, kind, log }: StoreWish): StoreChoice {
  if (env.REDIS_URL && kind === undefined) {
    parseStoreUrl(env.REDIS_URL)
    return { kind: 'external', url: env.REDIS_URL }
  }
  const program = findProgram(NATIVE_SERVERS, env)
  const snapshot = join(folder, EMBEDDED_FOLDER, SNAPSHOT_FILE)
  const nativeData = join(folder, NATIVE_FOLDER, 'appendonlydir')
  const isNative = keep && existsSync(nativeData)
  const isEmbedded = keep && existsSync(snapshot)
  const wanted = kind ?? (program === undefined || (isEmbedded && !isNative) ? 'embedded' : 'native')
  if (wanted === 'native') {
    if (program === undefined) throw new Error(`There is no ${NATIVE_SERVERS.join(' or ')} on the PATH.`)
    return { kind: 'native', program }
  }
  if (kind === undefined && isNative && !isEmbedded) {
    throw new Error(
      `${nativeData} holds the data of a ${NATIVE_SERVERS.join(' or ')}, and there is none on the PATH. ` +
        `Install one, set REDIS_URL, or move ${join(folder, NATIVE_FOLDER)} away to start empty.`,
    )
  }
  if (kind === undefined && program !== undefined) {
    log(`The store stays embedded, since its data is in ${snapshot}. Move that away to start empty with ${program}.`)
  }
  return { kind: 'embedded' }
}

/** Path of the first of `names` that is an executable file on the PATH of `env`. */
export function findProgram(names: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '')
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return names.flatMap((name) => folders.map((folder) => resolve(folder, name + suffix))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
