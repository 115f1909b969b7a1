import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Settings } from '@longhaul/task'
import { explain } from '../explain.ts'
import { attend } from '../installation/attendance.ts'
import { readRecord } from '../installation/record.ts'
import type { Finding } from './finding.ts'

/** Whether a coordinator could listen, or does so for this project already. */
export async function checkPort(dir: string, { host, port }: Settings): Promise<readonly Finding[]> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return [{ about: 'port', verdict: 'ok', says: port === 0 ? 'any that is free' : `${host}:${port} is free` }]
  } catch (error) {
    const record = await readRecord(join(dir, '.longhaul'))
    const presence = record && (await attend(record.attendancePort, record.run))
    presence?.leave()
    if (record && presence && new URL(record.url).port === `${port}`)
      return [{ about: 'port', verdict: 'ok', says: `${host}:${port} is used by this project's installation` }]
    if (process.env.REDIS_URL && (await isCoordinator(host, port)))
      return [{ about: 'port', verdict: 'ok', says: `${host}:${port} is used by a coordinator of Longhaul` }]
    const [says = '', ...fix] = explain(error).split(/(?<=\.) /)
    return [
      { about: 'port', verdict: 'fault', says, fix: fix.join(' ') || 'Set PORT or LONGHAUL_HOST to another one.' },
    ]
  } finally {
    server.close()
  }
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
/** More than one that lives takes. */
const ANSWERS_WITHIN_MS = 2000

/** Where REDIS_URL is set that is what is expected. */
async function isCoordinator(host: string, port: number): Promise<boolean> {
  const name = EVERY_ADDRESS.has(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  try {
    const response = await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) })
    const { status, version } = Object(await response.json())
    return status === 'ok' && typeof version === 'string'
  } catch {
    return false
  }
}
