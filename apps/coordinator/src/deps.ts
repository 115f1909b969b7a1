import type { Engine } from '@longhaul/engine'
import type {
  CatalogReader,
  Delivery,
  EventLog,
  HostedTasks,
  RedisTaskWatch,
  ResourceWatch,
  Sessions,
} from '@longhaul/store'
import type { Settings } from '@longhaul/task'
import type { Streams } from './streams.ts'

/** What both wires stand on. */
export interface Deps {
  readonly engine: Engine
  readonly catalog: CatalogReader
  readonly sessions: Sessions
  readonly delivery: Delivery
  readonly hosted: HostedTasks
  readonly watch: RedisTaskWatch
  readonly eventLog: EventLog
  readonly resources: ResourceWatch
  readonly settings: Settings
  readonly streams: Streams
  /** Signs what clients carry from one request to the next; the same on every coordinator. */
  readonly secret: () => Promise<string>
}
