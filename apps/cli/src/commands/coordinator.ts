import { startCoordinator } from '@longhaul/coordinator'
import { readSettings } from '@longhaul/task'
import { loadEnvFile } from '../env-file.ts'
import { createLog } from '../log.ts'
import { warnOfMisspelt } from '../misspelt.ts'
import { requireStoreUrl } from '../require-store.ts'
import { untilStopped } from '../until-stopped.ts'

/** A coordinator alone, until it is told to stop. Who may call may stand in the `.env` of the folder that it is started in. */
export async function runCoordinator(): Promise<void> {
  loadEnvFile(process.cwd())
  const settings = readSettings(process.env)
  const url = requireStoreUrl(process.env)
  const log = createLog('coordinator', settings)
  warnOfMisspelt(log)
  const stopped = untilStopped()
  const coordinator = await startCoordinator({ url, settings, log })
  log.info({ address: coordinator.address }, 'serving')
  process.send?.({ kind: 'ready', address: coordinator.address })
  log.info({ reason: await stopped }, 'stopping')
  await coordinator.close()
  process.exit(0)
}
