import { mcpcCommand } from './cli-packages.ts'
import { killed, openCommand } from './command.ts'
import type { Call, Driver, MatrixClient, Reach } from './driver.ts'
import { plainTools, type ToolResult, textOf } from './plain-tools.ts'

const SESSION = '@longhaul'

interface Bridges {
  readonly sessions: readonly { readonly name: string; readonly pid: number }[]
}

/** mcpc, whose commands go through a process that holds the session. */
export async function connectMcpc({ url, headers }: Reach, home: string): Promise<MatrixClient> {
  const { file, env } = mcpcCommand(home)
  const command = openCommand(file, env)
  const ask = <Result>(...args: readonly string[]) => command.run('--json', SESSION, ...args) as Promise<Result>
  const header = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
  await command.run('--json', 'connect', url.href, SESSION, ...header)

  const callTool = ({ name, args }: Call) => ask<ToolResult>('tools-call', name, JSON.stringify(args))
  const result = async (taskId: string) => textOf(await ask('tasks-result', taskId))
  const { elicit, answer } = plainTools(callTool)
  const own: Driver = {
    submit: async ({ name, args }) =>
      (await ask<{ taskId: string }>('tools-call', name, JSON.stringify(args), '--detach')).taskId,
    status: async (taskId) => (await ask<{ status: string }>('tasks-get', taskId)).status,
    elicit: async (call) => textOf(await callTool(call)),
    sample: async (call) => textOf(await callTool(call)),
    cancel: (taskId) => ask('tasks-cancel', taskId),
    list: async () =>
      (await ask<{ tasks: readonly { taskId: string }[] }>('tasks-list')).tasks.map(({ taskId }) => taskId),
    result,
    answer: async (taskId) => textOf(await ask('tasks-update', taskId)),
  }
  return {
    own,
    plain: { ...own, elicit, answer },
    restart: async () => {
      const { sessions } = (await command.run('--json')) as Bridges
      const bridge = sessions.find(({ name }) => name === SESSION)
      if (bridge) await killed(bridge.pid)
      // Without this it takes the session up as it was, and does not know any more that the server has tasks.
      await ask('restart')
    },
    close: async () => {
      await ask('close')
      command.close()
    },
  }
}
