import {
  type CatalogEntry,
  type JsonSchema,
  LonghaulError,
  type Principal,
  type ToolAnnotations,
  type ToolResult,
} from '@longhaul/task'
import { z } from 'zod'
import type { Deps } from '../deps.ts'

/** A tool that is about tasks and runs here, for clients that know no tasks themselves. */
export interface TaskTool {
  readonly entry: CatalogEntry
  /** @throws LonghaulError `arguments_invalid`, and whatever the engine objects to */
  run(deps: Deps, call: TaskToolCall): Promise<ToolResult>
}

export interface TaskToolCall {
  readonly principal: Principal
  readonly args: unknown
  /** Whether nobody waits for the result any more. */
  readonly isGone: () => boolean
}

interface Definition<Input extends z.ZodObject> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: Input
  readonly annotations: ToolAnnotations
  run(deps: Deps, input: z.infer<Input>, call: Pick<TaskToolCall, 'principal' | 'isGone'>): Promise<ToolResult>
}

export function defineTaskTool<Input extends z.ZodObject>(definition: Definition<Input>): TaskTool {
  const { name, title, description, annotations, input } = definition
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input' }) as JsonSchema
  const entry: CatalogEntry = {
    name,
    title,
    description,
    inputSchema,
    annotations,
    taskSupport: 'forbidden',
    queue: '',
    needs: {},
    definition: name,
  }
  return {
    entry,
    run: (deps, { args, ...call }) => {
      const parsed = input.safeParse(args)
      if (!parsed.success) {
        throw new LonghaulError('arguments_invalid', `Invalid arguments for tool '${name}': ${describe(parsed.error)}.`)
      }
      return definition.run(deps, parsed.data, call)
    },
  }
}

const describe = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [path.join('.'), message].filter((part) => part !== '').join(': ')).join('; ')
