import type { Http } from './http.ts'
import type { Log } from './log.ts'
import type { Outage } from './outage.ts'
import type { Output } from './output.ts'

/** What everything here stands on. */
export interface Parts {
  readonly http: Http
  readonly outage: Outage
  readonly output: Output
  readonly log: Log
}
