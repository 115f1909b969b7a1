import type { Problem } from '@longhaul/task'
import { type Callee, callTool } from './call.ts'
import type { ServerConfig } from './server-config.ts'
import { readTools, type UpstreamTool } from './tools.ts'

/** The tools of one server as it listed them last. */
export class ToolList {
  readonly #config: ServerConfig
  readonly #callee: Callee
  #byJson = new Map<string, UpstreamTool>()
  #problems: readonly Problem[] = []

  constructor(config: ServerConfig, callee: Callee) {
    this.#config = config
    this.#callee = callee
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
      tools.map(({ definition, json }) => {
        const call: UpstreamTool['call'] = (args, options) => callTool(this.#callee, definition, args, options)
        return [json, this.#byJson.get(json) ?? { ...definition, call }]
      }),
    )
    this.#problems = problems
    const after = [...this.#byJson.keys()]
    return after.length !== before.length || after.some((json, index) => json !== before[index])
  }
}
