import { randomBytes } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Endpoint, fixedEndpoint } from '@longhaul/stdio'
import { type Principal, readSettings } from '@longhaul/task'
import { loadEnvFile } from '../env-file.ts'
import { createLog } from '../log.ts'
import { requireStoreUrl } from '../require-store.ts'
import { OwnInstallation } from './own-installation.ts'
import { reachStore } from './reach-store.ts'

/** Where the installation is that a command is about. */
export interface Where {
  /** The project folder. */
  readonly project: string
  /** Address of an installation that runs. */
  readonly url?: string
}

export interface Found {
  /** For people, behind what was looked for. */
  readonly place: string
  readonly endpoint: Endpoint
  close(): Promise<void>
}

/** Who can reach the store can do everything to its tasks. */
const OPERATOR: Principal = { owner: { issuer: 'longhaul', subject: 'operator' }, scopes: ['tasks:admin'] }

/**
 * The installation at an address, else that of the store at REDIS_URL, else that of the project folder, which is started
 * where it does not run.
 * @throws Error that says what to write or set
 */
export async function findInstallation({ project, url: given }: Where): Promise<Found> {
  const dir = resolve(project)
  loadEnvFile(dir)
  const url = given ?? process.env.LONGHAUL_URL
  const key = process.env.LONGHAUL_API_KEY
  if (url) return { place: `at ${url}`, endpoint: fixedEndpoint(url, key), close: async () => {} }
  if (process.env.REDIS_URL) return coordinateHere()
  if (!isProject(dir)) {
    throw new Error(
      `${dir} is no project. Go to its folder or name it by --project; name an installation that runs by --url.`,
    )
  }
  const log = createLog('longhaul', { logLevel: 'error' })
  const endpoint = new OwnInstallation({ dir, key, log })
  return { place: `in ${dir}`, endpoint, close: async () => endpoint.leave() }
}

const FOLDERS = ['tools', 'agents', 'workflows', 'prompts', 'resources']
const OTHERS = ['mcp.json', '.mcp.json', '.longhaul']

/** Not by the worker, whose modules take long to load. A `tools` that has folders alone is that of some repository. */
export const isProject = (dir: string): boolean =>
  OTHERS.some((name) => existsSync(join(dir, name))) ||
  FOLDERS.some((name) => globSync('*', { cwd: join(dir, name), withFileTypes: true }).some((entry) => entry.isFile()))

/** A coordinator in this process, which nobody else can use: whoever is at the store needs no other. */
async function coordinateHere(): Promise<Found> {
  const url = requireStoreUrl(process.env)
  const { startCoordinator } = await import('@longhaul/coordinator')
  const localKey = randomBytes(24).toString('base64url')
  const settings = {
    ...readSettings(process.env),
    host: '127.0.0.1',
    port: 0,
    publicUrl: '',
    apiKeys: [],
    oauthIssuers: [],
  }
  const log = createLog('longhaul', { logLevel: 'silent' })
  // A coordinator starts without its store, too, and says only that it is away.
  await (await reachStore(url, settings)).close()
  const coordinator = await startCoordinator({ url, settings, log, localKey, localPrincipal: OPERATOR })
  const endpoint = fixedEndpoint(coordinator.address, localKey)
  return { place: 'in the store at REDIS_URL', endpoint, close: () => coordinator.close() }
}
