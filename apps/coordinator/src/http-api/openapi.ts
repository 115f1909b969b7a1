import { z } from 'zod'
import { VERSION } from '../version.ts'
import type { Operation } from './operation.ts'
import { PROBLEM, SCHEMAS } from './schemas.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** OpenAPI 3.1 of what is served, from what it is served by. @param server where the paths begin */
export function toOpenApi(operations: readonly Operation[], server: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    const { path, method } = operation
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(operation) }
  }
  const { schemas } = z.toJSONSchema(SCHEMAS, { uri: toReference, override: simplify })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Longhaul',
      version: VERSION,
      description: 'Long work as durable tasks, for what does not speak MCP. Each call of a tool is a task.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    security: [{ bearer: [] }, {}],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutNames(schema)])),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key or an access token, where callers are told apart.',
        },
      },
    },
  }
}

const toReference = (id: string): string => `#/components/schemas/${id}`

function toOperation({ id, summary, description, answers, body, streams, ...given }: Operation): object {
  const parameters = [
    ...toParameters(given.params, { place: 'path', isRequired: true }),
    ...toParameters(given.query, { place: 'query', isRequired: false }),
    ...Object.entries(given.headers).map(([name, described]) => ({
      name,
      in: 'header',
      description: described,
      schema: { type: 'string' },
    })),
  ]
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: isRequired(body), content: json(toInputSchema(body)) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          {
            description: status === '202' ? 'It is not over yet.' : 'Done.',
            content: {
              ...json(toReferenceTo(schema)),
              ...(streams && { 'text/event-stream': { schema: { type: 'string' } } }),
            },
          },
        ]),
      ),
      ...(streams && { 204: { description: 'As an event stream: the task is over, and all its events have come.' } }),
      default: {
        description: 'It could not be done; `detail` says what to do.',
        content: { 'application/problem+json': { schema: toReferenceTo(PROBLEM) } },
      },
    },
  }
}

function toParameters(
  object: z.ZodObject,
  { place, isRequired }: { readonly place: string; readonly isRequired: boolean },
): object[] {
  const { properties = {} } = toInputSchema(object) as { readonly properties?: Record<string, JsonSchema> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: place, schema },
    ...(isRequired && { required: true }),
    ...(description !== undefined && { description }),
  }))
}

const isRequired = (body: z.ZodType): boolean => !body.safeParse({}).success

const json = (schema: JsonSchema): object => ({ 'application/json': { schema } })

/** What is told is a part of the document, under its name. */
function toReferenceTo(schema: z.ZodType): JsonSchema {
  const name = SCHEMAS.get(schema)?.id
  if (name === undefined) throw new Error('An answer of the HTTP API has no name in SCHEMAS.')
  return { $ref: toReference(name) }
}

const toInputSchema = (schema: z.ZodType): JsonSchema =>
  withoutNames(z.toJSONSchema(schema, { io: 'input', override: simplify }))

/** Says of a time only that it is one, and of an answer not that nothing can ever be added to it. */
function simplify({
  jsonSchema,
  zodSchema,
}: {
  readonly jsonSchema: z.core.JSONSchema.BaseSchema
  readonly zodSchema: z.core.$ZodTypes
}): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
  const { def } = zodSchema._zod
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties
}

/** A part of a document is in its dialect, and has its own place there. */
const withoutNames = ({ $schema, $id, id, ...schema }: object & JsonSchema): JsonSchema => schema
