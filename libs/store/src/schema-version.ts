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
  return version === SCHEMA_VERSION ? undefined : describeNewer(version)
}

/**
 * Leaves the store as it is: whoever only looks must not have those refused who run on it.
 * @returns why it is not to be looked at; one that says no version is new, as a rule
 */
export async function examine(client: StoreClient): Promise<string | undefined> {
  const version = Number((await client.get(SCHEMA)) ?? SCHEMA_VERSION)
  if (version > SCHEMA_VERSION) return describeNewer(version)
  if (version === SCHEMA_VERSION) return undefined
  return (
    `The store is of schema version ${version}, and this Longhaul has ${SCHEMA_VERSION}: an older one runs on it. Use the ` +
    'commands of that one; a coordinator or worker of this one makes the store one of its own.'
  )
}

const describeNewer = (version: number): string =>
  `The store is of schema version ${version}, and this Longhaul knows ${SCHEMA_VERSION}: a newer one has used it, and may ` +
  'have written what this one would misread. Start that newer Longhaul, or use another store.'
