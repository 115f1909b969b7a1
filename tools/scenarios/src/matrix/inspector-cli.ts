import { inspectorCommand } from './cli-packages.ts'
import { openCommand } from './command.ts'
import type { Call, Driver, MatrixClient, Reach } from './driver.ts'
import { plainTools, type ToolResult, textOf } from './plain-tools.ts'

interface Task {
  readonly taskId: string
  readonly status: string
}

/** The Inspector as a command that connects, does one thing, and ends. */
export async function connectInspectorCli({ url, headers }: Reach, home: string): Promise<MatrixClient> {
  const { file, env } = inspectorCommand('inspector', home)
  const command = openCommand(file, env)
  const header = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const ask = (method: string, ...more: readonly string[]) =>
    command.run('--cli', url.href, '--header', ...header, '--method', method, ...more, '--format', 'json')
  const callTool = async ({ name, args }: Call, ...more: readonly string[]): Promise<ToolResult> => {
    const given = ['--tool-name', name, '--tool-args-json', JSON.stringify(args)]
    return ((await ask('tools/call', ...given, ...more)) as { readonly result: ToolResult }).result
  }
  const aboutTask = (method: string, taskId: string) => ask(method, '--task-id', taskId) as Promise<ToolResult & Task>
  const own: Driver = {
    submit: async (call) => ((await callTool(call, '--task')) as Task).taskId,
    status: async (taskId) => (await aboutTask('tasks/get', taskId)).status,
    elicit: async (call) => textOf(await callTool(call)),
    sample: async (call) => textOf(await callTool(call)),
    cancel: async (taskId) => void (await aboutTask('tasks/cancel', taskId)),
    list: async () => ((await ask('tasks/list')) as readonly Task[]).map(({ taskId }) => taskId),
    result: async (taskId) => textOf(await aboutTask('tasks/result', taskId)),
    answer: async (taskId) => textOf(await aboutTask('tasks/update', taskId)),
  }
  return {
    own,
    plain: plainTools(callTool),
    // Each command is a process of its own.
    restart: async () => {},
    close: async () => command.close(),
  }
}
