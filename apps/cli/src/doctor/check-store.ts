import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStore } from '@longhaul/embedded'
import { Connection, describeFull, describeSkew, warningsAbout } from '@longhaul/store'
import type { Settings } from '@longhaul/task'
import { readRecord } from '../installation/record.ts'
import type { Finding } from './finding.ts'

const LOCKED = /^(NOAUTH|WRONGPASS)/
const CERTIFICATES = ' NODE_EXTRA_CA_CERTS=FILE makes Node trust the authorities in FILE.'

/** The store at REDIS_URL, else the one that would be brought along. */
export async function checkStore(dir: string, settings: Settings): Promise<readonly Finding[]> {
  const url = process.env.REDIS_URL
  try {
    return url ? await checkExternal(url, settings) : [...checkFolder(dir), ...(await tryOwn(dir, settings))]
  } catch (error) {
    return [toFault((error as Error).message, 'Mend that, or set REDIS_URL to a store that runs.')]
  }
}

const toFault = (says: string, fix: string): Finding => ({ about: 'store', verdict: 'fault', says, fix })

const toSkew = (says: string): Finding => ({
  about: 'clock',
  verdict: 'warning',
  says,
  fix: 'A task that is to start at a time starts by the clock of the store.',
})

async function checkExternal(url: string, settings: Settings): Promise<readonly Finding[]> {
  let reason: string | undefined
  const onState = (_: string, why = reason) => (reason = why)
  const connection = new Connection({ url, settings, whenAway: 'fail', onState, onlyLooks: true })
  try {
    const askedAt = Date.now()
    const facts = await connection.serverFacts()
    const answeredAt = Date.now()
    await connection.admitted()
    const neededReplicas = settings.durability === 'replica' ? settings.replicas : 0
    const full = describeFull(facts)
    const warnings = warningsAbout(facts, { isCluster: connection.isCluster, neededReplicas })
    const skew = describeSkew(facts, { askedAt, answeredAt })
    return [
      ...(full === undefined
        ? []
        : [toFault(full, 'What is over is removed meanwhile; docs/durability.md says what goes on.')]),
      { about: 'store', verdict: 'ok', says: `Redis ${facts[0]?.version} answers within ${answeredAt - askedAt} ms` },
      ...warnings.map(
        (says): Finding => ({ about: 'store', verdict: 'warning', says, fix: 'See docs/durability.md.' }),
      ),
      ...(skew === undefined ? [] : [toSkew(skew)]),
    ]
  } catch (error) {
    if (reason === undefined) throw error
    if (LOCKED.test(reason))
      return [toFault(reason, 'Write its user and password into REDIS_URL: redis://user:password@host:6379.')]
    const fix = `Start it, or set REDIS_URL to one that runs.${url.startsWith('rediss') ? CERTIFICATES : ''}`
    return [toFault(`It cannot be reached: ${reason}`, fix)]
  } finally {
    await connection.close()
  }
}

function checkFolder(dir: string): readonly Finding[] {
  const folder = join(dir, '.longhaul')
  const place = existsSync(folder) ? folder : dir
  try {
    accessSync(place, constants.W_OK)
    return []
  } catch {
    return [
      { about: 'store', verdict: 'fault', says: `${place} cannot be written to`, fix: 'Give this user the right.' },
    ]
  }
}

/** In memory, beside one that may run, and in a folder of its own: whether it starts at all. */
async function tryOwn(dir: string, { durability }: Settings): Promise<readonly Finding[]> {
  const running = await readRecord(join(dir, '.longhaul'))
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-doctor-'))
  const kind = await startStore({ dir: folder, env: process.env, log: () => {}, keep: false, durability })
    .then(async (store) => {
      await store.stop()
      return store.kind
    })
    .finally(() => rmSync(folder, { recursive: true, force: true }))
  const says = `${kind}, as REDIS_URL is not set; it starts${running ? `, and one was started at ${running.url}` : ''}`
  return [{ about: 'store', verdict: 'ok', says }]
}
