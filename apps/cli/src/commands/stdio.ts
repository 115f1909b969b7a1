import { resolve } from 'node:path'
import { fixedEndpoint, serveStdio } from '@longhaul/stdio'
import { readSettings } from '@longhaul/task'
import { checkProjectFolder } from '@longhaul/worker'
import { OwnInstallation } from '../installation/own-installation.ts'
import { createLog } from '../log.ts'
import { untilStopped } from '../until-stopped.ts'

export interface StdioArguments {
  /** Address of an installation that runs; without it that of the project is used, or started. */
  readonly url?: string
}

/** MCP over stdin and stdout, until the client closes its end or this process is told to stop. */
export async function stdio(project: string, { url = process.env.LONGHAUL_URL }: StdioArguments): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog('stdio', settings)
  const key = process.env.LONGHAUL_API_KEY
  const stopped = untilStopped()
  const endpoint = url ? fixedEndpoint(url, key) : ownInstallation(resolve(project))
  const reason = await serveStdio({ input: process.stdin, output: process.stdout, endpoint, settings, log, stopped })
  log.info({ reason }, 'stopping')
  process.exit(0)

  function ownInstallation(dir: string): OwnInstallation {
    checkProjectFolder(dir)
    return new OwnInstallation({ dir, key, log })
  }
}
