import { type ElicitAnswer, type JsonObject, type JsonSchema, shortenMiddle } from '@longhaul/task'

/** Characters of a call's arguments that are shown; what is longer nobody reads, and it would be kept twice more. */
const ARGUMENTS_SHOWN = 20_000
/** Characters of what the model said with the call. */
const WORDS_SHOWN = 2000

/** A call that somebody should approve. */
export interface AskedCall {
  readonly agent: string
  readonly tool: string
  readonly args: JsonObject
  /** What the model said in the turn of the call. */
  readonly words: string
  /** Why somebody is asked. */
  readonly why: string
  /** What is wrong with the arguments that the answer before had. */
  readonly fault?: string
}

/** What somebody decided. */
export type Decision =
  /** `edited`: the arguments as text, where they are to be others. `forAll`: for all later calls of the tool, too. */
  | { readonly kind: 'approve'; readonly edited?: string; readonly forAll: boolean }
  | { readonly kind: 'deny'; readonly reason?: string }

export function toMessage({ agent, tool, args, words, why, fault }: AskedCall): string {
  const again = fault && `These arguments cannot be used: ${fault}. The call was not made; please decide again.`
  const said = words && `What the model says: “${shortenMiddle(words, WORDS_SHOWN)}”`
  return [
    again,
    `May the agent '${agent}' call ${tool} with these arguments?`,
    shortenMiddle(JSON.stringify(args, null, 2), ARGUMENTS_SHOWN),
    said,
    `Why you are asked: ${why}`,
  ]
    .filter((part) => part)
    .join('\n\n')
}

export function toForm({ tool, args }: AskedCall): JsonSchema {
  const written = JSON.stringify(args)
  return {
    type: 'object',
    properties: {
      decision: {
        type: 'string',
        title: 'Decision',
        oneOf: [
          { const: 'approve', title: 'Approve this call' },
          { const: 'approve_all', title: `Approve this call, and all later calls of ${tool} in this task` },
          { const: 'deny', title: 'Deny' },
        ],
      },
      arguments: {
        type: 'string',
        title: 'Arguments',
        description: 'JSON. Change it to approve the call with other arguments.',
        ...(written.length <= ARGUMENTS_SHOWN && { default: written }),
      },
      reason: { type: 'string', title: 'Reason', description: 'Of a denial; the model is told.' },
    },
    required: ['decision'],
  }
}

/** A form that was declined or closed approves nothing. */
export function toDecision({ action, content = {} }: ElicitAnswer): Decision {
  if (action !== 'accept')
    return {
      kind: 'deny',
      reason: `The question was ${action === 'decline' ? 'declined' : 'closed without a decision'}.`,
    }
  const { decision, arguments: edited, reason } = content
  if (decision === 'approve' || decision === 'approve_all')
    return { kind: 'approve', forAll: decision === 'approve_all', ...(isText(edited) && { edited }) }
  return { kind: 'deny', ...(isText(reason) && { reason }) }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
