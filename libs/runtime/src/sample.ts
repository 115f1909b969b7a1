import { type Json, type Message, type ModelAnswer, render, type Said, type ToolResults } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { SampleRequest, StepHandle } from './context.ts'
import { deadlineAfter } from './deadline.ts'
import type { StepIdentity } from './journal.ts'
import type { ModelChooser } from './models.ts'
import { keyOf, type Scope } from './scope.ts'
import { hashInput } from './step-key.ts'

/** One turn of a model. A call of a provider is repeated when in doubt; the caller's model is a question. */
export async function sample(
  activation: Activation,
  scope: Scope,
  models: ModelChooser,
  { key, model, deadlineMs = activation.settings.questionDeadlineMs, ...request }: SampleRequest,
): Promise<ModelAnswer> {
  const deadline = deadlineAfter(deadlineMs)
  const said = toSaid(activation, scope, request)
  const identity: StepIdentity = {
    key: keyOf(scope, 'sample', key),
    kind: 'model',
    // Not the options: a tool that is away when the task goes on does not change what was said.
    input: hashInput([said.after ?? null, said.messages] as unknown as Json),
  }
  const conversation = () => render(said, (step) => activation.journal.outcome(step)?.entry)
  const answer = await activation.call(scope, identity, () => {
    const generate = models.choose(model)
    if (generate === 'caller') {
      checkAudience(activation, conversation().options.tools?.length ?? 0)
      activation.open(identity, { wait: 'question', question: { method: 'sampling/createMessage', said }, deadline })
    } else {
      if (activation.needsIntent(scope, 'repeat')) activation.intend(identity, 1)
      void activation.work(identity, ({ signal }: StepHandle) => generate(conversation(), { signal }), said)
    }
  })
  return answer as unknown as ModelAnswer
}

/** What is new in this turn, as it is now, whatever the caller does with its objects. @throws Error */
function toSaid(
  activation: Activation,
  { prefix }: Scope,
  { after, messages, ...options }: Omit<SampleRequest, 'key' | 'model' | 'deadlineMs'>,
): Said {
  const inScope = (part: Message | ToolResults) =>
    'role' in part ? part : { results: part.results.map(({ step, toolUseId }) => ({ step: prefix + step, toolUseId })) }
  const continued = after === undefined ? undefined : prefix + after
  const isSame = continued !== undefined && optionsOf(activation, continued) === JSON.stringify(options)
  const said: Said = { after: continued, messages: messages.map(inScope), ...(!isSame && { options }) }
  return JSON.parse(JSON.stringify(said)) as Said
}

/** The options of the conversation that a model step ended, as JSON; they need not be kept again. @throws Error */
function optionsOf(activation: Activation, step: string): string {
  for (let key: string | undefined = step; key !== undefined; ) {
    const entry = activation.calls.heard(key)
    if (entry?.type !== 'value' || !entry.said)
      throw new Error(`There is no answer of a model step '${key}' to continue.`)
    if (entry.said.options) return JSON.stringify(entry.said.options)
    key = entry.said.after
  }
  throw new Error(`The conversation of the model step '${step}' has no options.`)
}

function checkAudience({ audience }: Activation, tools: number): void {
  const needed = tools > 0 ? 'sampling.tools' : 'sampling'
  if (audience.sampling === 'tools' || (audience.sampling === 'plain' && tools === 0)) return
  throw new Error(
    `No model: none is configured for this worker, and the client that submitted the task did not declare the capability ${needed}.`,
  )
}
