import type { Problem } from '@longhaul/task'
import { beginCall } from './begin-call.ts'
import { callTool, sendCall } from './call.ts'
import type { ServerAsk } from './exchange.ts'
import { reachTask, type TaskHost } from './reach-task.ts'
import type { ServerConfig } from './server-config.ts'
import { answerTask, cancelTask, lookAtTask } from './task-client.ts'
import { readTools, type ToolDefinition, type UpstreamTool } from './tools.ts'
import type { Begun, TaskLimits, TaskLook } from './upstream-task.ts'

/** The tools of one server as it listed them last. */
export class ToolList {
  readonly #config: ServerConfig
  readonly #host: TaskHost
  readonly #limits: TaskLimits
  #byJson = new Map<string, UpstreamTool>()
  #problems: readonly Problem[] = []

  constructor(config: ServerConfig, host: TaskHost, limits: TaskLimits) {
    this.#config = config
    this.#host = host
    this.#limits = limits
  }

  get tools(): readonly UpstreamTool[] {
    return [...this.#byJson.values()]
  }

  get problems(): readonly Problem[] {
    return this.#problems
  }

  /**
   * Takes a new list over. A tool that did not change stays the same object, with its compiled schema.
   * @returns whether anything changed
   */
  replace(listed: readonly unknown[]): boolean {
    const { tools, problems } = readTools(listed, this.#config)
    const before = [...this.#byJson.keys()]
    this.#byJson = new Map(
      tools.map(({ definition, json }) => [
        json,
        this.#byJson.get(json) ?? toTool(definition, this.#host, this.#limits),
      ]),
    )
    this.#problems = problems
    const after = [...this.#byJson.keys()]
    return after.length !== before.length || after.some((json, index) => json !== before[index])
  }
}

function toTool(definition: ToolDefinition, host: TaskHost, limits: TaskLimits): UpstreamTool {
  const { taskSupport, server, name } = definition
  const tell = ({ method }: Pick<ServerAsk, 'method'>) =>
    host.log.info({ server, tool: name, method }, 'an upstream server asks something in a call')
  const told = <T extends Begun | TaskLook>(came: T): T => {
    if (came.kind === 'asks') for (const ask of Object.values(came.asks)) tell(ask)
    return came
  }
  return {
    ...definition,
    limits,
    asks: host.asks,
    roots: host.roots,
    call: (args, options) => callTool(host, definition, args, options),
    async begin(args, { round, onAsk: answer, ...options }) {
      const onAsk: typeof answer =
        answer &&
        ((ask, reply) => {
          tell(ask)
          answer(ask, reply)
        })
      const more = { taskSupport, taskTtlMs: limits.ttlMs, ...(round && { round }), ...(onAsk && { onAsk }) }
      const sent = await sendCall(host, definition, {
        ...{ args, options },
        use: (connection, call) => beginCall(connection, { ...call, ...more }),
      })
      return told(sent.kind === 'made' ? sent.value : { kind: 'result', result: sent.result })
    },
    async look(task, signal) {
      const reached = await reachTask(host, task, { signal, use: (link) => lookAtTask(link, task, signal) })
      return told(reached.kind === 'reached' ? reached.value : reached)
    },
    answer: (task, { asks, replies, signal }) =>
      reachTask(host, task, { signal, use: (link) => answerTask(link, task, { asks, replies, signal }) }),
    cancel: (task, signal) => reachTask(host, task, { signal, use: (link) => cancelTask(link, task, signal) }),
  }
}
