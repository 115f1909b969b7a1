import type { Settings } from '@longhaul/task'
import { type Logger, pino } from 'pino'
import { PinoPretty } from 'pino-pretty'

/** Logs on stderr: JSON lines, or readable ones on a terminal. Credentials in headers are never part of them. */
export function createLog(name: string, { logLevel }: Pick<Settings, 'logLevel'>): Logger {
  const options = { name, level: logLevel, redact: ['req.headers', 'headers'] }
  if (!process.stderr.isTTY) return pino(options, pino.destination(2))
  return pino(options, PinoPretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }))
}
