import { cp, mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRoundRobinProxy, startStack } from '@longhaul/testbed'

const PROJECT = fileURLToPath(new URL('../project', import.meta.url))

/** What the suites run against: two coordinators in turn behind one address, two workers, and a store that needs nothing. */
export async function serve(port: number) {
  // Its tools change it.
  const project = await mkdtemp(join(tmpdir(), 'longhaul-conformance-project-'))
  await cp(PROJECT, project, { recursive: true })
  const stack = await startStack({
    project,
    store: 'embedded',
    // One scenario wants to see a stream that is closed in the middle of a call, and resumed.
    env: {
      LONGHAUL_LOG_LEVEL: 'warn',
      LONGHAUL_TASK_TOOLS: 'hidden',
      LONGHAUL_STREAM_MAX_MS: '1000',
      LONGHAUL_SWEEP_INTERVAL_MS: '50',
      LONGHAUL_PROJECT_CHANGES: 'follow',
    },
    onLine: (line) => console.error(line),
  })
  const addresses = stack.coordinators.map(({ address }) => address)
  const proxy = await startRoundRobinProxy(addresses, port)
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`,
    async stop() {
      proxy.close()
      proxy.closeAllConnections()
      await stack.stop()
      await rm(project, { recursive: true })
    },
  }
}
