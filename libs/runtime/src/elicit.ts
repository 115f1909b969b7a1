import type { ElicitAnswer, Json } from '@longhaul/task'
import { z } from 'zod'
import type { Activation } from './activation.ts'
import type { ElicitRequest } from './context.ts'
import { type AnySchema, toJsonSchema } from './define-tool.ts'
import { toFailure } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import { nextKey, type Scope } from './scope.ts'
import { checkKey, hashInput } from './step-key.ts'

/** A form for a person; the answer has been checked against the schema before it was taken. */
export async function elicit(
  activation: Activation,
  scope: Scope,
  { key, message, schema, deadlineMs }: ElicitRequest<AnySchema>,
): Promise<ElicitAnswer> {
  const requestedSchema = toFormSchema(schema)
  const identity: StepIdentity = {
    key: key === undefined ? nextKey(scope, 'elicit') : scope.prefix + checkKey(key),
    kind: 'question',
    input: hashInput([message, requestedSchema as Json]),
  }
  const reply = (await activation.call(scope, identity, () => {
    if (!activation.audience.elicitation) {
      const reason = new Error('Nobody can be asked: the client that submitted the task did not declare elicitation.')
      return activation.settle(identity, { type: 'error', error: toFailure(reason) })
    }
    const deadline = Date.now() + (deadlineMs ?? activation.settings.questionDeadlineMs)
    const question = { method: 'elicitation/create', message, requestedSchema } as const
    activation.open(identity, { wait: 'question', question, deadline })
  })) as unknown as ElicitAnswer
  if (reply.action !== 'accept' || !(schema instanceof z.ZodType)) return reply
  return { action: 'accept', content: schema.parse(reply.content) as NonNullable<ElicitAnswer['content']> }
}

/** What MCP allows in a form: an object schema, which clients of every revision take without `$schema`. */
function toFormSchema(schema: AnySchema) {
  const { $schema: _, additionalProperties: __, ...form } = toJsonSchema(schema, 'elicit.schema')
  if (form.type !== 'object') throw new Error('The schema of an elicitation must be a flat object schema.')
  return form
}
