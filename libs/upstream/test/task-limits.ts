import type { TaskLimits } from '../src/index.ts'

/** As a test has patience for. */
export const TASK_LIMITS: TaskLimits = {
  ttlMs: 60_000,
  pollMinMs: 50,
  pollMaxMs: 1000,
  patienceMs: 2000,
  askHoldMs: 1000,
}
