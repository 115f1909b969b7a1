import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { type Guards, registerEndpoint, type Verb } from '../endpoint.ts'
import { isUnavailable } from '../is-unavailable.ts'
import { LIST_TOOLS } from './list-tools.ts'
import { toOpenApi } from './openapi.ts'
import type { Operation } from './operation.ts'
import { toProblem } from './problem.ts'
import { TASK_EVENTS } from './task-events.ts'
import { TASK_OPERATIONS } from './task-operations.ts'

/** Where it is, as OAuth knows it. */
export const HTTP_API_PATH = '/v1'

export const OPERATIONS: readonly Operation[] = [LIST_TOOLS, ...TASK_OPERATIONS, TASK_EVENTS]

/** Serves tasks to what does not speak MCP, to the same callers as MCP. */
export async function registerHttpApi(app: FastifyInstance, deps: Deps, guards: Guards): Promise<void> {
  app.setErrorHandler((error, request, reply) => {
    const { status, headers, body } = toProblem(error, deps.settings)
    if (status >= 500 && !isUnavailable(error)) request.log.error({ err: error }, 'request failed')
    return reply.code(status).headers(headers).type('application/problem+json').send(body)
  })
  const openApi = JSON.stringify(toOpenApi(OPERATIONS))
  const paths = Map.groupBy(OPERATIONS, ({ path }) => path)
  for (const [path, operations] of paths) {
    const verbs = Object.fromEntries(operations.map((operation) => [operation.method, toVerb(operation, deps)]))
    registerEndpoint(app, guards, { path: toRoute(path), partOf: HTTP_API_PATH, verbs })
  }
  registerEndpoint(app, guards, {
    path: `${HTTP_API_PATH}/openapi.json`,
    partOf: HTTP_API_PATH,
    verbs: { GET: async (_request, reply) => reply.type('application/json').send(openApi) },
  })
}

/** `/tasks/{taskId}` as Fastify writes it. */
const toRoute = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

const toVerb =
  (operation: Operation, deps: Deps): Verb =>
  async ({ params, query, body, headers }, reply, principal) => {
    const isGone = () => reply.raw.destroyed
    const answer = await operation.run(deps, { params, query, body }, { principal, headers, reply, isGone })
    if (answer === 'answered') return reply
    return reply
      .code(answer.status)
      .headers(answer.headers ?? {})
      .send(answer.body)
  }
