import { compileSchema } from '@longhaul/schema'
import type { JsonObject, JsonSchema } from '@longhaul/task'
import type { Where } from '../installation/find-installation.ts'
import { EXIT } from '../tasks/exit-code.ts'
import { followToEnd } from '../tasks/follow-to-end.ts'
import { describeOptions, parseJsonObject, parseWords } from '../tasks/parse-words.ts'
import { renderResult } from '../tasks/render-outcome.ts'
import type { TaskClient } from '../tasks/task-client.ts'
import { withClient } from '../tasks/with-client.ts'

export interface RunOptions extends Where {
  /** Arguments as one JSON object, in place of words. */
  readonly json?: string
  /** Print the id and leave. */
  readonly detach?: boolean
}

/** Calls a tool and follows its task in the terminal. @throws Error that says what to do */
export async function run(tool: string, words: readonly string[], options: RunOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { inputSchema } = await findTool(client, tool)
    const submitted = await client.submit(tool, readArguments(tool, words, options.json, inputSchema), inputSchema)
    if (submitted.kind === 'result') {
      const { result } = submitted
      console[result.isError ? 'error' : 'log'](renderResult(result))
      process.exitCode = result.isError ? EXIT.failed : EXIT.completed
      return
    }
    const { taskId } = submitted
    if (options.detach) return console.log(taskId)
    console.error(`task ${taskId}`)
    process.exitCode = await followToEnd(client, taskId)
  })
}

async function findTool(client: TaskClient, name: string) {
  const tools = await client.listTools()
  const tool = tools.find((one) => one.name === name)
  if (tool) return tool
  throw new Error(
    `No worker has a tool '${name}'. There are: ${tools.map((one) => one.name).join(', ')}. 'longhaul workers' lists the workers that live.`,
  )
}

function readArguments(
  tool: string,
  words: readonly string[],
  json: string | undefined,
  schema: JsonSchema,
): JsonObject {
  if (json !== undefined && words.length > 0) throw new Error(`Write either --json or ${words.join(' ')}, not both.`)
  const args = json === undefined ? parseWords(words, schema) : parseJsonObject(json)
  const faults = compileSchema(schema)(args)
  if (faults.length > 0)
    throw new Error(`The arguments do not fit ${tool}: ${faults.join('; ')}. ${describeOptions(schema)}`)
  return args
}
