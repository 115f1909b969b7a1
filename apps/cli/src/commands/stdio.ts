import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Endpoint, fixedEndpoint, serveStdio } from '@longhaul/stdio'
import { readSettings } from '@longhaul/task'
import { loadEnvFile } from '../env-file.ts'
import { OwnInstallation } from '../installation/own-installation.ts'
import { createLog } from '../log.ts'
import { untilStopped } from '../until-stopped.ts'

export interface StdioArguments {
  /** Address of an installation that runs; without it that of the project is used, or started. */
  readonly url?: string
}

/** MCP over stdin and stdout, until the client closes its end or this process is told to stop. */
export async function stdio(project: string, { url: given }: StdioArguments): Promise<void> {
  loadEnvFile(resolve(project))
  const url = given ?? process.env.LONGHAUL_URL
  const settings = readSettings(process.env)
  const log = createLog('stdio', settings)
  const key = process.env.LONGHAUL_API_KEY
  const stopped = untilStopped()
  const { stdin: input, stdout: output } = process
  const endpoint: Endpoint = url
    ? fixedEndpoint(url, key)
    : new OwnInstallation({ dir: existingFolder(project), key, log })
  const reason = await serveStdio({ input, output, endpoint, settings, log, stopped })
  log.info({ reason }, 'stopping')
  process.exit(0)
}

/** Not by the worker, which has a person's words for it, too: its modules take longer to load than all of this. */
function existingFolder(project: string): string {
  const dir = resolve(project)
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return dir
  throw new Error(`There is no project folder ${dir}. Name one, or an installation that runs by --url.`)
}
