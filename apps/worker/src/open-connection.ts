import { Connection } from '@longhaul/store'
import type { WorkerOptions } from './worker-options.ts'

/** A connection to the truth that waits while the store is away, and says so in the log. */
export function openConnection(
  { url, settings, log }: Pick<WorkerOptions, 'url' | 'settings' | 'log'>,
  onRefused?: (reason: string) => void,
): Connection {
  return new Connection({
    url,
    settings,
    whenAway: 'wait',
    onState: (state, reason) => {
      if (state === 'away') log.warn({ reason }, 'the store is away; trying again until it is back')
      else log.info('the store is there')
    },
    onFull: (isFull) => {
      if (isFull) log.error('the store is full and takes nothing new; give it more memory or disk')
      else log.info('the store takes what is new again')
    },
    onRefused: (reason) => {
      log.error(reason)
      onRefused?.(reason)
    },
  })
}

/** For what fails before anybody else closes the connection, which would keep the process alive. */
export const closeAndThrow =
  (connection: Connection) =>
  async (error: unknown): Promise<never> => {
    await connection.close()
    throw error
  }
