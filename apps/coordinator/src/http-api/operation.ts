import type { IncomingHttpHeaders } from 'node:http'
import { describeFaults } from '@longhaul/protocol'
import type { Principal } from '@longhaul/task'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { Refusal } from '../guards/refusal.ts'

/** What a request is answered with, or that whoever runs it has begun to answer it. */
export type ApiAnswer =
  | {
      readonly status: number
      readonly body: object
      readonly headers?: Readonly<Record<string, string>>
    }
  | 'answered'

/** Who asks, and how. */
export interface Caller {
  readonly principal: Principal
  readonly headers: IncomingHttpHeaders
  readonly reply: FastifyReply
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean
}

/** What a caller says, as it came. */
interface ApiInput {
  readonly params: unknown
  readonly query: unknown
  /** Undefined where there is none. */
  readonly body: unknown
}

/** One of the things that can be asked of the HTTP API: served, and described in OpenAPI, as it is written down. */
export interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST'
  /** With parameters as in OpenAPI: `/v1/tasks/{taskId}`. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: z.ZodType | undefined
  /** Headers that it looks at, by name, with what they say. */
  readonly headers: Readonly<Record<string, string>>
  /** What it answers where nothing is wrong, by status. */
  readonly answers: Readonly<Record<number, z.ZodType>>
  /** Whether it answers with an event stream where that is asked for. */
  readonly streams: boolean
  /** @throws Refusal 400 that names what does not fit, and whatever the engine objects to */
  run(deps: Deps, input: ApiInput, caller: Caller): Promise<ApiAnswer>
}

interface Definition<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>
  extends Pick<Operation, 'id' | 'method' | 'path' | 'summary' | 'description' | 'answers'> {
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly headers?: Operation['headers']
  readonly streams?: boolean
  run(
    deps: Deps,
    input: { readonly params: z.infer<Params>; readonly query: z.infer<Query>; readonly body: z.infer<Body> },
    caller: Caller,
  ): Promise<ApiAnswer>
}

export function defineOperation<
  Params extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: Definition<Params, Query, Body>): Operation {
  const { params = z.strictObject({}), query = z.strictObject({}), body, headers = {}, streams = false } = definition
  return {
    ...definition,
    ...{ params, query, body, headers, streams },
    run: (deps, given, caller) => {
      const input = {
        params: parse(params, given.params, 'path'),
        query: parse(query, given.query, 'query'),
        body: parse(body ?? NOTHING, given.body ?? {}, 'body'),
      }
      return definition.run(deps, input as never, caller)
    },
  }
}

/** Something that is not looked at is not taken, either. */
const NOTHING = z.strictObject({})

function parse<T>(schema: z.ZodType<T>, given: unknown, place: string): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new Refusal(400, `Invalid ${place}: ${describeFaults(parsed.error)}.`)
}
