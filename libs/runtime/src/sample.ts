import {
  type Json,
  type Message,
  type ModelAnswer,
  type OutcomeEntry,
  render,
  type Said,
  type SamplingOptions,
  type ToolResults,
} from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { SampleRequest } from './context.ts'
import { toFailure } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import type { ModelChooser } from './models.ts'
import { nextKey, type Scope } from './scope.ts'
import { checkKey, hashInput } from './step-key.ts'

/** One turn of a model. A call of a provider is repeated when in doubt; the caller's model is a question. */
export async function sample(
  activation: Activation,
  scope: Scope,
  models: ModelChooser,
  { key, after, messages, model, deadlineMs, ...options }: SampleRequest,
): Promise<ModelAnswer> {
  const outcomeOf = (step: string) => activation.journal.outcome(step)?.entry
  const said: Said = {
    ...(after !== undefined && { after: scope.prefix + after }),
    messages: messages.map((part) => inScope(part, scope)),
    ...(after !== undefined && sameOptions(options, scope.prefix + after, outcomeOf) ? {} : { options }),
  }
  const identity: StepIdentity = {
    key: key === undefined ? nextKey(scope, 'sample') : scope.prefix + checkKey(key),
    kind: 'model',
    // Not the options: a tool that is away when the task goes on does not change what was said.
    input: hashInput([said.after ?? null, said.messages] as unknown as Json),
  }
  const answer = await activation.call(scope, identity, () => {
    try {
      const generate = models.choose(model)
      if (generate !== 'caller') {
        const work = ({ signal }: { signal: AbortSignal }) => generate(render(said, outcomeOf), { signal })
        if (activation.needsIntent(scope, 'repeat')) activation.intend(identity, 1)
        void activation.work(identity, work, said)
        return
      }
      checkAudience(activation, options)
      const deadline = Date.now() + (deadlineMs ?? activation.settings.questionDeadlineMs)
      activation.open(identity, { wait: 'question', question: { method: 'sampling/createMessage', said }, deadline })
    } catch (error) {
      activation.settle(identity, { type: 'error', error: toFailure(error) })
    }
  })
  return answer as unknown as ModelAnswer
}

function inScope(part: Message | ToolResults, { prefix }: Scope): Message | ToolResults {
  if ('role' in part || prefix === '') return part
  return { results: part.results.map(({ step, toolUseId }) => ({ step: prefix + step, toolUseId })) }
}

/** Whether the conversation up to `after` was held with these very options; then they need not be kept again. */
function sameOptions(
  options: SamplingOptions,
  after: string,
  outcomeOf: (step: string) => OutcomeEntry | undefined,
): boolean {
  for (let key: string | undefined = after; key !== undefined; ) {
    const entry = outcomeOf(key)
    if (entry?.type !== 'value' || !entry.said) throw new Error(`There is no model step '${key}' to continue.`)
    if (entry.said.options) return JSON.stringify(entry.said.options) === JSON.stringify(options)
    key = entry.said.after
  }
  return false
}

function checkAudience({ audience }: Activation, { tools }: SamplingOptions): void {
  const needed = tools && tools.length > 0 ? 'sampling.tools' : 'sampling'
  if (audience.sampling === 'tools' || (audience.sampling === 'plain' && needed === 'sampling')) return
  throw new Error(
    `No model: none is configured for this worker, and the client that submitted the task did not declare the capability ${needed}.`,
  )
}
