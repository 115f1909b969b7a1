/** The five statuses that a client sees (tasks of MCP, and its tasks extension). */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'

/** A terminal status never changes: a retry is a new task. */
export const isTerminal = (status: TaskStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled'
