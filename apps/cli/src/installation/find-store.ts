import { join } from 'node:path'
import { requireStoreUrl } from '../require-store.ts'
import { attend } from './attendance.ts'
import { readRecord } from './record.ts'

/**
 * The store at REDIS_URL, else the one that the installation of the project has brought, while that runs.
 * @throws Error that says what to set or start
 */
export async function findStoreUrl(dir: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (env.REDIS_URL) return requireStoreUrl(env)
  const record = await readRecord(join(dir, '.longhaul'))
  const presence = record?.store && (await attend(record.attendancePort, record.run))
  if (!record?.store || !presence) {
    throw new Error(
      `REDIS_URL is not set, and no installation with a store of its own runs in ${dir}. Name its folder by --project.`,
    )
  }
  presence.leave()
  return record.store
}
