import { randomBytes, randomUUID } from 'node:crypto'
import type { Settings } from '@longhaul/task'
import { Attendance } from './attendance.ts'
import { type InstallationRecord, removeRecord, writeRecord } from './record.ts'

export interface Published {
  /** Resolves when nobody has used it for the time to linger. */
  readonly deserted: Promise<void>
  /** Tells those who use it that it ends. */
  withdraw(): Promise<void>
}

export interface PublishOptions extends Pick<InstallationRecord, 'url' | 'store' | 'whileUsed' | 'problems'> {
  /** The `.longhaul` folder. */
  readonly folder: string
  readonly key: string | undefined
  readonly settings: Pick<Settings, 'lingerMs'>
}

/** Lets processes on this machine find an installation that is ready, and counts those that use it. */
export async function publish({ folder, key, settings, ...facts }: PublishOptions): Promise<Published> {
  const run = randomUUID()
  const attendance = await Attendance.take(run, settings.lingerMs)
  await writeRecord(folder, { ...facts, run, attendancePort: attendance.port, ...(key !== undefined && { key }) })
  return {
    deserted: attendance.deserted,
    withdraw: async () => {
      await removeRecord(folder, run)
      attendance.close()
    },
  }
}

export const makeKey = (): string => `lh_${randomBytes(24).toString('base64url')}`
