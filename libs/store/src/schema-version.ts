import { CATALOG_ENTRIES, CATALOG_SEEN, SCHEMA } from './keys.ts'
import type { StoreClient } from './open-client.ts'
import { callScript } from './scripts.ts'

/**
 * Version of what the keys of the store are called and what is in them: one more with each change that code of before
 * would misread. A store that says none is of version 1.
 */
export const SCHEMA_VERSION = 3

/** Makes a store of one version one of the next. Several processes may do so at once, and any of them may die. */
type Migration = (client: StoreClient) => Promise<unknown>

const MIGRATIONS: ReadonlyMap<number, Migration> = new Map<number, Migration>([
  // Who announced what is kept by name and definition from 2 on. The workers say it again with their next heartbeat.
  [1, (client) => client.del(CATALOG_ENTRIES, CATALOG_SEEN)],
  // From 3 on tasks can be paused, which code of before would run, and journals have messages to models.
  [2, async () => {}],
])

/**
 * Makes the store one of our version.
 * @returns why not, where code that is newer than ours has been there
 */
export async function migrate(client: StoreClient): Promise<string | undefined> {
  let version = Number((await client.get(SCHEMA)) ?? 1)
  while (version < SCHEMA_VERSION) {
    await MIGRATIONS.get(version)?.(client)
    version = Number(await callScript(client, { script: 'raise', keys: [SCHEMA], args: [version, version + 1] }))
  }
  if (version === SCHEMA_VERSION) return undefined
  return (
    `The store is of schema version ${version}, and this Longhaul knows ${SCHEMA_VERSION}: a newer one has used it, and may ` +
    'have written what this one would misread. Start that newer Longhaul, or use another store.'
  )
}
