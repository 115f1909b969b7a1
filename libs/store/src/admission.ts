import type { Settings } from '@longhaul/task'
import { Cluster } from 'ioredis'
import { SWEEPER } from './keys.ts'
import type { StoreClient } from './open-client.ts'
import { examine, migrate } from './schema-version.ts'
import { unavailable } from './store-errors.ts'

/** How soon a store that was refused is asked again, should somebody have changed its settings. */
const ASK_AGAIN_MS = 1000

export interface AdmissionOptions {
  readonly settings: Pick<Settings, 'durability' | 'durabilityCheck'>
  readonly onRefused: (reason: string) => void
  /** Whether a store of an older schema version is refused, too, instead of being made one of ours. */
  readonly onlyLooks: boolean
}

/**
 * Lets commands through only to a store that is of our schema version, which an older one is made, and as durable as it
 * must be. It is asked whenever the connection comes about: what comes back may be another server.
 */
export class Admission {
  readonly #client: StoreClient
  readonly #mustSync: boolean
  readonly #onRefused: (reason: string) => void
  readonly #refusesSchema: (client: StoreClient) => Promise<string | undefined>
  #asked: Promise<void> | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #isAdmitted = false
  #refusal: string | undefined

  constructor(client: StoreClient, { settings, onRefused, onlyLooks }: AdmissionOptions) {
    this.#client = client
    this.#refusesSchema = onlyLooks ? examine : migrate
    this.#mustSync = settings.durability === 'fsync' && settings.durabilityCheck !== 'trust'
    this.#onRefused = onRefused
    for (const event of ['close', '+node', '-node']) {
      client.on(event, () => {
        this.#asked = undefined
        this.#isAdmitted = false
      })
    }
  }

  /** Why the store was not good enough when it was last asked. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  /** Undefined, as a rule. @throws LonghaulError `store_unavailable`, or the error of a store that is away */
  admitted(): Promise<void> | undefined {
    if (this.#isAdmitted) return undefined
    if (this.#refusal !== undefined && performance.now() - this.#askedAt > ASK_AGAIN_MS) this.#asked = undefined
    if (this.#asked) return this.#asked
    const asked = this.#ask().then(() => {
      // The connection may be another one by now.
      this.#isAdmitted = this.#asked === asked
    })
    // Whoever asks hears of it, and not everybody who asks waits for the answer.
    asked.catch(() => {})
    this.#asked = asked
    return asked
  }

  async #ask(): Promise<void> {
    this.#askedAt = performance.now()
    try {
      const refusal =
        (this.#mustSync ? await refusalOf(this.#client) : undefined) ?? (await this.#refusesSchema(this.#client))
      if (refusal !== undefined && refusal !== this.#refusal) this.#onRefused(refusal)
      this.#refusal = refusal
    } catch (error) {
      this.#asked = undefined
      throw error
    }
    if (this.#refusal !== undefined) throw unavailable(this.#refusal)
  }
}

/** Undefined when each master syncs every write before it acknowledges it. @throws Error of a store that is away */
async function refusalOf(client: StoreClient): Promise<string | undefined> {
  // A cluster does not know its nodes before it has done something.
  if (client instanceof Cluster) await client.exists(SWEEPER)
  const masters = client instanceof Cluster ? client.nodes('master') : [client]
  for (const master of masters) {
    const wrong = await wrongWith(master)
    if (wrong !== undefined) return `LONGHAUL_DURABILITY=fsync, and the store ${wrong}`
  }
  return undefined
}

async function wrongWith(master: Pick<StoreClient, 'config'>): Promise<string | undefined> {
  try {
    const { appendonly, appendfsync } = {
      ...(await read(master, 'appendonly')),
      ...(await read(master, 'appendfsync')),
    }
    if (appendonly === 'yes' && appendfsync === 'always') return undefined
    return `has appendonly ${appendonly} and appendfsync ${appendfsync}. Set appendonly yes and appendfsync always, or LONGHAUL_DURABILITY=process.`
  } catch (error) {
    if (!/^ERR unknown command|^NOPERM|^ERR .*not (allowed|supported|permitted)/i.test((error as Error).message))
      throw error
    return 'forbids CONFIG, so that nobody can look. If you know that it syncs every write, say so by LONGHAUL_DURABILITY_CHECK=trust.'
  }
}

async function read(master: Pick<StoreClient, 'config'>, name: string): Promise<Record<string, string>> {
  const [, value = ''] = (await master.config('GET', name)) as string[]
  return { [name]: value }
}
