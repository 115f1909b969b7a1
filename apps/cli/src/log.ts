import type { Settings } from '@longhaul/task'
import { type Logger, type LoggerOptions, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'

/** What is kept of a log that cannot be written; of more the newest lines are dropped. */
const MOST_KEPT_BYTES = 1024 * 1024

/** Logs on stderr: JSON lines, or readable ones on a terminal. A line is written when it is logged, whatever comes next. */
export function createLog(name: string, { logLevel }: Pick<Settings, 'logLevel'>): Logger {
  const options: LoggerOptions = {
    name,
    level: logLevel,
    redact: ['req.headers', 'headers'],
    serializers: { err: toLoggedError },
  }
  // Asynchronously, what is left at the exit would be tried for ever when nobody reads it any more.
  const stderr = pino.destination({ dest: 2, sync: true, maxLength: MOST_KEPT_BYTES })
  // A disk that is full ends no task: what is kept is written with the first line for which there is room again.
  stderr.on('error', () => {})
  if (!process.stderr.isTTY) return pino(options, stderr)
  const makePretty = prettyFactory({ ignore: 'hostname', singleLine: true, translateTime: 'SYS:HH:MM:ss' })
  return pino(options, { write: (line: string) => void stderr.write(makePretty(line)) })
}

/**
 * What went wrong and where. Nothing else that hangs on an error is logged: on that of a command to the store hang its
 * arguments, and with them what clients and models said.
 */
export function toLoggedError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, stack, cause } = error
  const { code } = error as NodeJS.ErrnoException
  return {
    type: name,
    ...(code && { code }),
    message,
    stack,
    ...(cause !== undefined && { cause: toLoggedError(cause) }),
  }
}
