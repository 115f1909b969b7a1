import type { ElicitAnswer, Json } from '@longhaul/task'
import { z } from 'zod'
import type { Activation } from './activation.ts'
import { type AnySchema, parse, toCheckedSchema } from './any-schema.ts'
import type { ElicitRequest } from './context.ts'
import { deadlineAfter } from './deadline.ts'
import { toFormSchema } from './form-schema.ts'
import type { StepIdentity } from './journal.ts'
import { keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'

/** A form for a person; the answer has been checked against the JSON Schema before it was taken. */
export async function elicit(
  activation: Activation,
  scope: Scope,
  request: ElicitRequest<AnySchema>,
): Promise<ElicitAnswer> {
  const { key, message, schema, deadlineMs = activation.settings.questionDeadlineMs } = request
  const requestedSchema = toFormSchema(schema)
  const deadline = deadlineAfter(deadlineMs)
  const identity: StepIdentity = {
    key: keyOf(scope, 'elicit', key),
    kind: 'question',
    input: hashInput(request.input ?? [message, requestedSchema as Json]),
  }
  const reply = (await activation.steps.call(scope, identity, () => {
    if (!activation.audience.elicitation) {
      throw new Error('Nobody can be asked: the client that submitted the task did not declare elicitation.')
    }
    toCheckedSchema(requestedSchema, 'elicit.schema')
    const question = { method: 'elicitation/create', message, requestedSchema } as const
    activation.steps.open(identity, { wait: 'question', question, deadline })
  })) as unknown as ElicitAnswer
  if (reply.action !== 'accept' || !(schema instanceof z.ZodType)) return reply
  const content = parse(schema, reply.content ?? {}, 'Invalid answer') as NonNullable<ElicitAnswer['content']>
  return { action: 'accept', content }
}
