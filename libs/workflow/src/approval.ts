import type { Context } from '@longhaul/runtime'
import type { Json, JsonSchema } from '@longhaul/task'
import type { StepValues } from './run-step.ts'
import { render } from './template.ts'
import type { Approval, Step } from './workflow.ts'

/** The field of the form that says whether the workflow may go on. */
export const DECISION = 'decision'

/** The form, with the author's fields in it. Without a field it could be sent unread. */
export const toApprovalForm = ({ properties, required = [] }: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: {
    [DECISION]: {
      type: 'string',
      title: 'May the workflow go on?',
      oneOf: [
        { const: 'approve', title: 'Approve' },
        { const: 'deny', title: 'Deny: the step fails' },
      ],
    },
    ...Object(properties),
    reason: { type: 'string', title: 'Why', description: 'For whoever reads what became of the workflow.' },
  },
  required: [DECISION, ...(required as readonly string[])],
})

/**
 * Asks a person whether the workflow may go on.
 * @returns what else the person said
 * @throws StepError when nobody answers in time, or can be asked; Error when it was denied
 */
export async function approve(
  ctx: Context,
  { message, schema }: Approval,
  { step, key, values }: { readonly step: Step; readonly key: string; readonly values: StepValues },
): Promise<Json> {
  const text = render(message, { contexts: { ...values } })
  const reply = await ctx.elicit({
    key,
    message: typeof text === 'string' ? text : JSON.stringify(text),
    schema: toApprovalForm(schema),
    ...(step.timeoutMs !== undefined && { deadlineMs: step.timeoutMs }),
  })
  if (reply.action !== 'accept') throw new Error('It was denied.')
  const { [DECISION]: decision, ...said } = reply.content ?? {}
  if (decision === 'approve') return said as Json
  throw new Error(said.reason ? `It was denied: ${String(said.reason)}` : 'It was denied.')
}
