import type { CallToolResult, CreateTaskResult, Task } from '@modelcontextprotocol/sdk/types.js'
import type { Params, WireSession } from '../wire-session.ts'

export const RELATED_TASK = 'io.modelcontextprotocol/related-task'

/** Calls a tool as a task. */
export async function submit(
  session: WireSession,
  name: string,
  args: Params = {},
  { task = {}, ...more }: Params = {},
): Promise<Task> {
  const params = { name, arguments: args, task, ...more }
  return (await session.result<CreateTaskResult>('tools/call', params)).task
}

export const getTask = (session: WireSession, taskId: string): Promise<Task> =>
  session.result<Task>('tasks/get', { taskId })

/** Waits for the end of the task, and gives its result. */
export const resultOf = (session: WireSession, taskId: string): Promise<CallToolResult> =>
  session.result<CallToolResult>('tasks/result', { taskId })

/** An id that no task has. */
export const UNKNOWN_TASK = '00AAAAAAAAAAAAAAAAAAAAAA'
