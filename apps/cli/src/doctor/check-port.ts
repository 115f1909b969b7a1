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
    const [says = '', ...fix] = explain(error).split(/(?<=\.) /)
    return [
      { about: 'port', verdict: 'fault', says, fix: fix.join(' ') || 'Set PORT or LONGHAUL_HOST to another one.' },
    ]
  } finally {
    server.close()
  }
}
