import { LonghaulError } from '@longhaul/task'

/** Whether something failed only because the store is away, which the connection to it has told the log. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof LonghaulError && error.code === 'store_unavailable'
