import type { ClientId } from './cells.ts'
import type { MatrixClient, Reach } from './driver.ts'
import { connectExtTasks } from './ext-tasks.ts'
import { connectInspectorCli } from './inspector-cli.ts'
import { connectMcpc } from './mcpc.ts'
import { connectMcpdo } from './mcpdo.ts'
import { connectSdkV1 } from './sdk-v1.ts'
import { connectSdkV2 } from './sdk-v2.ts'

/** Connects a client. `home`: a folder of its own, for those that keep something. */
type Connect = (reach: Reach, home: string) => Promise<MatrixClient>

export const CONNECT: Readonly<Record<ClientId, Connect>> = {
  'ext-tasks, 2025-11-25': connectExtTasks('legacy'),
  'ext-tasks, 2026-07-28': connectExtTasks('modern'),
  'SDK v1': connectSdkV1,
  'SDK v2': connectSdkV2,
  'Inspector --cli': connectInspectorCli,
  'mcpdo, 2025-11-25': connectMcpdo('legacy'),
  'mcpdo, 2026-07-28': connectMcpdo('modern'),
  mcpc: connectMcpc,
}

/** Clients that run in this process, from packages that every contributor has. */
export const IN_PROCESS: readonly ClientId[] = ['ext-tasks, 2025-11-25', 'ext-tasks, 2026-07-28', 'SDK v1', 'SDK v2']
