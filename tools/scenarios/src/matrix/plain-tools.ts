import type { Call, Driver } from './driver.ts'

/** The result of a call, as every client gives it. */
export interface ToolResult {
  readonly content?: readonly { readonly text?: string }[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
}

interface TaskData {
  readonly taskId: string
  readonly status: string
  readonly questions?: readonly { readonly key: string }[]
}

/** What a client does by the tools about tasks, given that it can call a tool. */
export function plainTools(callTool: (call: Call) => Promise<ToolResult>): Driver {
  const call = async (name: string, args: Call['args'] = {}): Promise<ToolResult> => {
    const result = await callTool({ name, args })
    if (result.isError) throw new Error(textOf(result))
    return result
  }
  const look = async (taskId: string) => (await call('get_task', { taskId })).structuredContent as TaskData
  const result = async (taskId: string): Promise<string> => {
    for (;;) {
      const waited = await call('wait_for_task', { taskId })
      if ((waited.structuredContent as TaskData).status !== 'working') return textOf(waited)
    }
  }
  const answer: Driver['answer'] = async (taskId, content) => {
    const [question] = (await look(taskId)).questions ?? []
    await call('answer_task', { taskId, question: question?.key, action: 'accept', content })
    return result(taskId)
  }
  const submit = async ({ name, args }: Call): Promise<string> => {
    const { structuredContent } = await call(name, args)
    return (structuredContent as TaskData).taskId
  }
  return {
    submit,
    status: async (taskId) => (await look(taskId)).status,
    elicit: async (called, content) => answer(await submit(called), content),
    sample: async ({ name, args }) => textOf(await call(name, args)),
    cancel: async (taskId) => void (await call('cancel_task', { taskId })),
    list: async () => {
      const { structuredContent } = await call('list_tasks')
      return (structuredContent as { readonly tasks: readonly TaskData[] }).tasks.map(({ taskId }) => taskId)
    },
    result,
    answer,
  }
}

export const textOf = ({ content = [] }: ToolResult): string => content.map(({ text }) => text ?? '').join('\n')
