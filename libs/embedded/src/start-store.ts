import { resolve } from 'node:path'
import { chooseStore, type StoreKind } from './choose-store.ts'
import { DURABILITY } from './durability.ts'
import { startStoreProcess } from './store-process.ts'

export interface RunningStore {
  /** `redis://…`, for any client of Redis. */
  readonly url: string
  readonly kind: StoreKind
  /** One line for people: what a crash of the machine or of a process may lose. */
  readonly durability: string
  /** Resolves with a reason if the store ends unasked; else never. An external store is not watched. */
  readonly exited: Promise<string>
  /** Makes everything durable and ends what was started; again: the same promise. */
  stop(): Promise<void>
  /** Sets the clock of the store ahead: only where it is embedded and keeps nothing. @throws Error for all others */
  skip(ms: number): Promise<void>
}

export interface StartStoreOptions {
  /** The `.longhaul` folder; made where there is none. */
  readonly dir: string
  /** Where REDIS_URL and PATH are looked up; also the environment of what is started. */
  readonly env: NodeJS.ProcessEnv
  /** Takes warnings for people, one line each. */
  readonly log: (line: string) => void
  /** false: in memory only, for tests. What is in `dir` is neither loaded nor locked. */
  readonly keep?: boolean
  /** Asks for one kind, whatever REDIS_URL and the PATH say. */
  readonly kind?: 'native' | 'embedded'
  /** LONGHAUL_DURABILITY: what a store that is started here has to give. */
  readonly durability?: string
}

/**
 * A store that needs nothing installed: the one of REDIS_URL, else a valkey-server or redis-server on the PATH, else
 * Valkey in WebAssembly. What is started ends with this process, however that ends.
 * @throws Error that says what to do, when the folder is in use, its data does not fit, or a server does not start.
 */
export async function startStore(options: StartStoreOptions): Promise<RunningStore> {
  const { env, log, kind, keep = true, durability = 'process' } = options
  const folder = resolve(options.dir)
  const choice = chooseStore({ folder, env, keep, kind, log })
  if (choice.kind === 'external') {
    const { url } = choice
    return {
      url,
      kind: 'external',
      durability: DURABILITY.external,
      exited: new Promise(() => {}),
      stop: async () => {},
      skip: cannotSkip,
    }
  }
  if (durability === 'replica') {
    throw new Error('LONGHAUL_DURABILITY=replica needs a store that has replicas. Set REDIS_URL, or take fsync.')
  }
  const isSynced = durability === 'fsync'
  if (isSynced && choice.kind === 'embedded') {
    throw new Error(
      'LONGHAUL_DURABILITY=fsync needs a valkey-server or redis-server on the PATH, or REDIS_URL: the embedded store ' +
        'takes a snapshot every 2 seconds.',
    )
  }
  const process = await startStoreProcess({
    program: `${choice.kind}-server`,
    order: { folder, keep, isSynced, program: choice.kind === 'native' ? choice.program : undefined },
    env,
    log,
  })
  return {
    url: `redis://127.0.0.1:${process.port}`,
    kind: choice.kind,
    durability: keep ? DURABILITY[isSynced ? 'synced' : choice.kind] : DURABILITY.memory,
    exited: process.exited,
    stop: process.stop,
    skip: choice.kind === 'embedded' && !keep ? process.skip : cannotSkip,
  }
}

async function cannotSkip(): Promise<never> {
  throw new Error('Only the clock of an embedded store that keeps nothing can be set ahead.')
}
