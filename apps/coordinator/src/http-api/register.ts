import { decodeUtf8, parseJson } from '@longhaul/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { type Guards, registerEndpoint, type Verb } from '../endpoint.ts'
import { toPublicPath } from '../public-path.ts'
import { LIST_TOOLS } from './list-tools.ts'
import { toOpenApi } from './openapi.ts'
import type { Operation } from './operation.ts'
import { TASK_EVENTS } from './task-events.ts'
import { TASK_OPERATIONS } from './task-operations.ts'

/** Where it is, as OAuth knows it. */
export const HTTP_API_PATH = '/v1'

const SHARED = { partOf: HTTP_API_PATH, speaks: 'HTTP' } as const

const JSON_TYPE = 'application/json'

/** Tasks are told to whoever asks, as they are now. */
const HEADERS = { 'cache-control': 'no-store' }

export const OPERATIONS: readonly Operation[] = [LIST_TOOLS, ...TASK_OPERATIONS, TASK_EVENTS]

/** Serves tasks to what does not speak MCP, to the same callers as MCP. */
export async function registerHttpApi(app: FastifyInstance, deps: Deps, guards: Guards): Promise<void> {
  app.removeContentTypeParser(JSON_TYPE)
  // Many clients name a type for a POST that has no body.
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(decodeUtf8(body)),
  )
  const openApi = JSON.stringify(toOpenApi(OPERATIONS, toPublicPath('', deps.settings) || '/'))
  const paths = Map.groupBy(OPERATIONS, ({ path }) => path)
  for (const [path, operations] of paths) {
    const verbs = Object.fromEntries(operations.map((operation) => [operation.method, toVerb(operation, deps)]))
    registerEndpoint(app, guards, { ...SHARED, path: toRoute(path), verbs: withHead(verbs) })
  }
  registerEndpoint(app, guards, {
    path: `${HTTP_API_PATH}/openapi.json`,
    ...SHARED,
    verbs: withHead({ GET: async (_request, reply) => reply.type(JSON_TYPE).send(openApi) }),
  })
}

/** `/tasks/{taskId}` as Fastify writes it. */
const toRoute = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** What can be looked at can be asked for its headers; Node leaves the body away. */
const withHead = (verbs: Readonly<Record<string, Verb>>): Readonly<Record<string, Verb>> =>
  verbs.GET ? { ...verbs, HEAD: verbs.GET } : verbs

const toVerb =
  (operation: Operation, deps: Deps): Verb =>
  async ({ method, params, query, body, headers: given }, reply, principal) => {
    const headers = method === 'HEAD' ? { ...given, accept: undefined, prefer: undefined } : given
    const isGone = () => reply.raw.destroyed
    const answer = await operation.run(deps, { params, query, body }, { principal, headers, reply, isGone })
    if (answer === 'answered') return reply
    return reply
      .code(answer.status)
      .headers({ ...HEADERS, ...answer.headers })
      .send(answer.body)
  }
