import { LonghaulError, type Settings } from '@longhaul/task'

export const tooManyInAll = (total: number, settings: Settings): LonghaulError =>
  tooMany(`There are ${total} open tasks, and the most is ${settings.maxOpenTasks} (LONGHAUL_MAX_OPEN_TASKS)`, settings)

export const tooManyOfOwner = (settings: Settings): LonghaulError =>
  tooMany(
    `You have as many open tasks as you may: ${settings.maxOpenTasksPerOwner} (LONGHAUL_MAX_OPEN_TASKS_PER_OWNER)`,
    settings,
  )

const tooMany = (what: string, { tooManyRetryMs: retryAfterMs }: Settings): LonghaulError =>
  new LonghaulError(
    'too_many_tasks',
    `${what}. Try again when some have ended, in ${retryAfterMs} ms at the earliest.`,
    { data: { retryAfterMs } },
  )
