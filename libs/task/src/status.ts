/** The five statuses that a client sees (MCP 2025-11-25 tasks, and the 2026 tasks extension). */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'

/** A terminal status never changes: a retry is a new task. */
export const isTerminal = (status: TaskStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled'
