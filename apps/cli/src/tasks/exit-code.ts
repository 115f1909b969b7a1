import { isTerminal } from '@longhaul/task'
import type { TaskView } from './task-client.ts'

/** What commands about a task end with; 1 is what cannot be done. */
export const EXIT = { completed: 0, failed: 2, cancelled: 3, goesOn: 4 } as const

export function exitCodeOf({ status, isError }: Pick<TaskView, 'status' | 'isError'>): number {
  if (!isTerminal(status)) return EXIT.goesOn
  if (status === 'cancelled') return EXIT.cancelled
  return status === 'failed' || isError ? EXIT.failed : EXIT.completed
}
