import {
  type ApplicationCreateMessageResult,
  resultFromTaskOutcome,
  type ToolExecution,
} from '@modelcontextprotocol/ext-tasks/client'
import type { TaskId } from '@modelcontextprotocol/ext-tasks/core'
import { playTurn } from '../../crash-project/driver/script.ts'
import { openExtTasks } from '../ext-tasks-session.ts'
import type { Era } from '../world.ts'
import type { Call, Content, Driver, MatrixClient, Reach } from './driver.ts'
import { plainTools, type ToolResult, textOf } from './plain-tools.ts'

type Execution = ToolExecution<unknown>

/** The official client of the tasks extension, in one of the eras. */
export const connectExtTasks =
  (era: Era) =>
  async ({ served, headers }: Reach): Promise<MatrixClient> => {
    let content = Promise.withResolvers<Content>()
    const open = () =>
      openExtTasks({
        served,
        era,
        headers,
        elicit: async () => ({ action: 'accept', content: await content.promise }),
        sample: ({ params }) => playTurn(params as never) as unknown as ApplicationCreateMessageResult,
      })
    let { client, session } = await open()
    /** What it wrote down of its tasks. */
    const references = new Map<string, string>()

    const begin = async ({ name, args }: Call) => {
      const execution = await session.callTool(name, args as never, { task: { preference: 'require' } })
      if (execution.kind !== 'task') throw new Error('The call was answered without a task.')
      references.set(execution.handle.taskId, JSON.stringify(execution.serializeReference()))
      return execution
    }
    const resume = (taskId: string) => session.resumeTask(JSON.parse(references.get(taskId) ?? ''))
    const settle = async (execution: Execution): Promise<string> =>
      textOf(resultFromTaskOutcome((await execution.settle()).outcome) as ToolResult)
    const own: Driver = {
      submit: async (call) => (await begin(call)).handle.taskId,
      status: async (taskId) => (await session.task(taskId as TaskId).snapshot()).status,
      elicit: async (call, given) => {
        content.resolve(given)
        return settle(await begin(call))
      },
      sample: async (call) => settle(await begin(call)),
      cancel: (taskId) => session.cancelTask(taskId as TaskId),
      list: async () => (await session.listTasks()).tasks.map(({ taskId }) => taskId),
      result: async (taskId) => settle(await resume(taskId)),
      answer: async (taskId, given) => {
        content.resolve(given)
        return settle(await resume(taskId))
      },
    }
    const callTool = async ({ name, args }: Call) => {
      const { outcome } = await (await session.callTool(name, args as never)).settle()
      return resultFromTaskOutcome(outcome) as ToolResult
    }
    return {
      own,
      plain: { ...own, list: plainTools(callTool).list },
      restart: async () => {
        // A session that is closed in order cancels its tasks. One whose client is gone does not.
        await client.close()
        content = Promise.withResolvers()
        const again = await open()
        client = again.client
        session = again.session
      },
      close: () => client.close(),
    }
  }
