import type { Engine } from '@longhaul/engine'
import type { Delivery, RedisTaskWatch, Sessions } from '@longhaul/store'
import type { Catalog, Settings } from '@longhaul/task'
import type { Streams } from './streams.ts'

/** What the legacy wire stands on. */
export interface LegacyDeps {
  readonly engine: Engine
  readonly catalog: Catalog
  readonly sessions: Sessions
  readonly delivery: Delivery
  readonly watch: RedisTaskWatch
  readonly settings: Settings
  readonly streams: Streams
}
