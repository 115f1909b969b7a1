import { fileURLToPath } from 'node:url'
import { type SpawnedNode, spawnNode } from '@longhaul/testbed'
import { PROJECT } from '../longhaul.ts'
import { isReady } from './announce.ts'

const MAIN = fileURLToPath(new URL('../../../../apps/cli/src/main.ts', import.meta.url))

export async function spawnWorker(env: NodeJS.ProcessEnv): Promise<SpawnedNode> {
  const worker = spawnNode(MAIN, { args: ['worker', PROJECT], env: { LONGHAUL_LOG_LEVEL: 'warn', ...env } })
  await worker.ready(isReady)
  return worker
}

export async function spawnCoordinator(env: NodeJS.ProcessEnv): Promise<SpawnedNode & { readonly address: string }> {
  const options = { args: ['coordinator'], env: { PORT: '0', LONGHAUL_LOG_LEVEL: 'warn', ...env } }
  const coordinator = spawnNode(MAIN, options)
  const { address } = await coordinator.ready(isReady)
  return Object.assign(coordinator, { address })
}
