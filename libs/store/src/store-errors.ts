import { LonghaulError } from '@longhaul/task'

/** The store, or the part of a cluster that was asked, cannot be reached, or is about to be another one. */
const AWAY = new RegExp(
  [
    ...['MaxRetriesPerRequest', 'Connection is closed', 'Command timed out', 'Socket timeout', 'Command aborted'],
    ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
    ...['^LOADING', '^MASTERDOWN', '^READONLY', '^BUSY ', '^UNBLOCKED', 'All sentinels are unreachable'],
    ...['CLUSTERDOWN', '^TRYAGAIN', '^MOVED ', '^ASK ', 'Too many Cluster redirections', 'Cluster is ended'],
    ...['Failed to refresh slots cache', 'None of startup nodes', 'No subscriber for the cluster'],
  ].join('|'),
)
/** It is there, as far as anybody knows, and does not answer. */
const LATE = /^No answer within \d+ ms$/
/** Its memory or its disk is full: it still answers, but takes no writes. */
const FULL = /^OOM|^MISCONF/
/** It wants a user and a password that this process does not have, or not any more. */
const LOCKED = /^(NOAUTH|WRONGPASS)/
/** It was told to take writes only while it has so many replicas. */
const ALONE = /^NOREPLICAS/

/** Why the store could not be used, in words for whoever asked; anything else is a mistake of ours, and stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const words = `${error.name} ${error.message}`.replace(/^(ReplyError|Error) /, '')
  if (AWAY.test(words)) {
    return unavailable('The task store cannot be reached just now. Nothing was lost; try again shortly.', error)
  }
  if (LATE.test(error.message)) {
    const message =
      'The task store cannot be reached just now: no answer came within LONGHAUL_STORE_ANSWER_MS. Nothing was lost; try again shortly.'
    return unavailable(message, error)
  }
  if (FULL.test(words)) {
    const message = 'The task store is full and takes nothing new. Nothing was lost; give it more memory or disk.'
    return unavailable(message, error)
  }
  if (isLocked(words)) {
    const message =
      'The task store cannot be reached just now: it does not take the user and password in REDIS_URL. Nothing was lost.'
    return unavailable(message, error)
  }
  return ALONE.test(words)
    ? unavailable('The task store has too few replicas just now, and takes nothing new. Try again shortly.', error)
    : error
}

/** Whether that is why a connection does not come about. */
export const isLocked = (reason: string): boolean => LOCKED.test(reason)

/** What a server says of a command for whose answer it waits no longer. */
export const tooLate = (ms: number): Error => new Error(`No answer within ${ms} ms`)

/** Whether the server has become a replica, and takes no writes: another one is the master now. */
export const isFromReplica = (error: Error): boolean => error.message.startsWith('READONLY')

/** Whether the store refuses writes, and answers. */
export const isFull = (error: unknown): boolean =>
  isUnavailable(error) && error.cause instanceof Error && FULL.test(error.cause.message)

export const isUnavailable = (error: unknown): error is LonghaulError =>
  error instanceof LonghaulError && error.code === 'store_unavailable'

export const unavailable = (message: string, cause?: Error): LonghaulError =>
  new LonghaulError('store_unavailable', message, { cause })
