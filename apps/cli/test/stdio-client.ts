import { type Longhaul, longhaul } from './longhaul.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into it
type Answer = any

/** A client of `longhaul stdio`, that reads and writes lines. */
export interface StdioClient extends Longhaul {
  /** Each line of standard output; one that is no message is an error. */
  messages(): Answer[]
  /** Asks, and waits for the answer. */
  ask(method: string, params?: object): Promise<Answer>
  /** Shakes hands. */
  open(): Promise<void>
  /** Id of a new task. */
  submit(name: string, args?: object): Promise<string>
  /** What a task says at its end. */
  result(taskId: string): Promise<string>
}

const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }

export function stdioClient(args: readonly string[], env: NodeJS.ProcessEnv = {}): StdioClient {
  const run = longhaul(['stdio', ...args], env)
  let requests = 0
  const send = (message: object) => run.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const messages = (): Answer[] =>
    run.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  const ask = async (method: string, params: object = {}): Promise<Answer> => {
    requests++
    const id = requests
    send({ id, method, params })
    await run.says(new RegExp(`"id":${id},"(result|error)"`))
    return messages().find((message) => message.id === id && message.method === undefined)
  }
  return Object.assign(Object.create(run), {
    messages,
    ask,
    open: async () => {
      await ask('initialize', HELLO)
      send({ method: 'notifications/initialized' })
    },
    submit: async (name: string, args: object = {}) =>
      (await ask('tools/call', { name, arguments: args, task: {} })).result.task.taskId,
    result: async (taskId: string) => JSON.stringify(await ask('tasks/result', { taskId })),
  })
}
