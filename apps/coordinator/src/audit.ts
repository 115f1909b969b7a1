import type { AuditRecord } from '@longhaul/engine'
import type { Principal } from '@longhaul/task'
import type { Logger } from 'pino'
import type { Refusal } from './guards/refusal.ts'

/** Lines of the log that say who did what, whatever level is logged. */
export class AuditLog {
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log.child({}, { level: 'info' })
  }

  did({ verb, principal, ...about }: AuditRecord): void {
    this.#log.info({ audit: verb, caller: toCaller(principal), ...about }, 'audit')
  }

  /** Somebody was turned away who showed no credential, or none that is good here. */
  denied({ status, message }: Refusal, ip: string): void {
    this.#log.info({ audit: 'denied', ip, status, reason: message }, 'audit')
  }
}

const toCaller = ({ owner, clientId }: Principal): object => ({ ...owner, ...(clientId !== undefined && { clientId }) })
