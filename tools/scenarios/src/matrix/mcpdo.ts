import type { Era } from '../world.ts'
import { inspectorCommand } from './cli-packages.ts'
import { killed, openCommand } from './command.ts'
import type { Call, Content, Driver, MatrixClient, Reach } from './driver.ts'
import { plainTools, type ToolResult, textOf } from './plain-tools.ts'

interface Parked {
  readonly elicitationPending: { readonly elicitationId: string }
}
interface Listed {
  readonly tasks: readonly { readonly taskId: string }[]
}

/** Holds the connection by which it looks at tasks: one connection does one thing at a time. */
const WATCHER = 'watcher'

/** The Inspector's mcpdo, whose commands go through a daemon that holds the connections. */
export const connectMcpdo =
  (era: Era) =>
  async ({ url, headers }: Reach, home: string): Promise<MatrixClient> => {
    const { file, env } = inspectorCommand('mcpdo', home)
    const command = openCommand(file, env)
    const run = <Result>(...args: readonly string[]) => command.run('--format', 'json', ...args) as Promise<Result>
    const header = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    let connections = 0
    const connect = (name: string) => run('connect', `@${name}`, url.href, '--era', era, '--header', ...header)
    const watch = <Result>(...args: readonly string[]) => run<Result>(`@${WATCHER}`, ...args)
    await connect(WATCHER)

    const { list, answer } = plainTools(({ name, args }) => watch('tools/call', name, JSON.stringify(args)))
    const ids = async () => (await watch<Listed>('tasks/list')).tasks.map(({ taskId }) => taskId)
    /** A connection that is free, as one is busy as long as the task of its call. */
    const openConnection = async (): Promise<string> => {
      connections++
      const connection = `call-${connections}`
      await connect(connection)
      return connection
    }
    /** Calls as a task. The command ends with the task, or when that asks. */
    const callOn = (connection: string, { name, args }: Call) =>
      run(`@${connection}`, 'tools/call', name, JSON.stringify(args), '--task')
    /** What a command comes to that was parked since it asks something. */
    const fillIn = async ({ elicitationPending: { elicitationId } }: Parked, content: Content): Promise<string> =>
      textOf(await run('elicitation/respond', elicitationId, JSON.stringify(content)))
    const result = async (taskId: string) => textOf(await watch('tasks/result', taskId))
    const own: Driver = {
      submit: async (call) => {
        const inventory = era === 'modern' ? list : ids
        const [connection, tasks] = await Promise.all([openConnection(), inventory()])
        const before = new Set(tasks)
        const { promise: failed, reject } = Promise.withResolvers<never>()
        failed.catch(() => {})
        callOn(connection, call).catch(reject)
        for (;;) {
          const made = (await Promise.race([inventory(), failed])).find((taskId) => !before.has(taskId))
          if (made !== undefined) return made
        }
      },
      status: async (taskId) =>
        (await watch<{ readonly task: { readonly status: string } }>('tasks/get', taskId)).task.status,
      elicit: async (call, content) => fillIn((await callOn(await openConnection(), call)) as Parked, content),
      sample: async (call) => textOf((await callOn(await openConnection(), call)) as ToolResult),
      cancel: (taskId) => watch('tasks/cancel', taskId),
      list: ids,
      result,
      answer: async (taskId, content) => {
        if (era === 'legacy') return fillIn(await run(`@${await openConnection()}`, 'tasks/result', taskId), content)
        const responses = { name: { action: 'accept', content } }
        await watch('tasks/update', taskId, '--input-responses', JSON.stringify(responses))
        return result(taskId)
      },
    }
    const kill = async () => {
      const { pid } = await run<{ readonly pid: number }>('daemon', 'status')
      await killed(pid)
    }
    return {
      own,
      plain: { ...own, list, answer },
      restart: async () => {
        await kill()
        await connect(WATCHER)
      },
      close: async () => {
        await kill()
        command.close()
      },
    }
  }
