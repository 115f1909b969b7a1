import { type ElicitAnswer, toElicitationId } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { ElicitUrlReply, ElicitUrlRequest } from './context.ts'
import { deadlineAfter } from './deadline.ts'
import type { StepIdentity } from './journal.ts'
import { keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'

/** A page for a person to open. */
export async function elicitUrl(
  activation: Activation,
  scope: Scope,
  { key, message, url, deadlineMs = activation.settings.questionDeadlineMs }: ElicitUrlRequest,
): Promise<ElicitUrlReply> {
  const deadline = deadlineAfter(deadlineMs)
  const identity: StepIdentity = {
    key: keyOf(scope, 'elicitUrl', key),
    kind: 'question',
    input: hashInput([message, url]),
  }
  const { action } = (await activation.steps.call(scope, identity, () => {
    checkPageUrl(url)
    if (!activation.audience.url) {
      throw new Error('Nobody can be asked: the client that submitted the task did not declare elicitation.url.')
    }
    const question = { method: 'elicitation/create', mode: 'url', message, url } as const
    activation.steps.open(identity, { wait: 'question', question, deadline })
  })) as unknown as ElicitAnswer
  return { action, elicitationId: toElicitationId(activation.taskId, identity.key) }
}

const THIS_MACHINE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** P25. @throws Error that says what no client should be sent */
export function checkPageUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && THIS_MACHINE.has(url.hostname))
  if (!url || !isSafe) throw new Error('The url must be an https: URL, or http: on this machine.')
  if (url.username !== '' || url.password !== '') throw new Error('The url must not have a name or password in it.')
}
