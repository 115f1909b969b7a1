import { type Json, type ModelAnswer, type Said, text } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { pursue } from './attempts.ts'
import type { SampleRequest, StepHandle } from './context.ts'
import { deadlineAfter } from './deadline.ts'
import type { StepIdentity } from './journal.ts'
import type { ModelChooser } from './models.ts'
import { beginWithin } from './reserve.ts'
import { toPolicy } from './retry-policy.ts'
import { keyOf, type Scope } from './scope.ts'
import { spendOnModel, TURN_OF_CALLER } from './spend-on-model.ts'
import { hashInput } from './step-key.ts'
import { toTimeLimit } from './timers.ts'

/** One turn of a model. A call of a provider is repeated when in doubt; the caller's model is a question. */
export async function sample(
  activation: Activation,
  scope: Scope,
  models: ModelChooser,
  { key, model, deadlineMs = activation.settings.questionDeadlineMs, timeoutMs, retry, ...rest }: SampleRequest,
): Promise<ModelAnswer> {
  const { steerable = false, ...request } = rest
  const { settings } = activation
  const policy = toPolicy(retry, settings)
  const limit = toTimeLimit(timeoutMs, { ms: settings.modelTimeoutMs, setBy: 'LONGHAUL_MODEL_TIMEOUT_MS' })
  const deadline = deadlineAfter(deadlineMs)
  const news = toNews(activation, scope, request)
  const identity: StepIdentity = {
    key: keyOf(scope, 'sample', key),
    kind: 'model',
    // Not the options: a tool that is away when the task goes on does not change what was said. Nor how much of what was
    // said is shown: that is as it was recorded.
    input: hashInput([news.after ?? null, news.messages.map(toIdentity)] as unknown as Json),
  }
  const answer = await activation.steps.call(scope, identity, () => {
    const spoken = toSaid(activation, news, request)
    const said = () => withSteers(spoken, activation.journal.steering.textsOf(identity.key))
    const { journal, conversations } = activation
    const conversation = () => conversations.render(said())
    // What a tool inside says to a model is no conversation with the people who see the task.
    const isSteerable = steerable && scope.prefix === ''
    const generate = models.choose(model)
    if (generate === 'caller') {
      checkAudience(activation, conversation().options.tools?.length ?? 0)
      const toSpec = () =>
        ({ wait: 'question', question: { method: 'sampling/createMessage', said: said() }, deadline }) as const
      const begin = () => {
        if (isSteerable) void activation.bodies.openSteered(identity, toSpec)
        else activation.steps.open(identity, toSpec())
      }
      beginWithin(activation, scope, { step: identity, most: TURN_OF_CALLER, begin })
    } else {
      const label = `the model step '${identity.key}'`
      const body = async ({ signal, attempt }: StepHandle) => {
        const deltas = activation.openDeltas(identity.key, attempt)
        const options = { signal, onDelta: deltas?.add.bind(deltas) }
        return generate(conversation(), options).finally(() => deltas?.end())
      }
      const last = news.after === undefined ? undefined : activation.journal.outcome(news.after)?.entry
      const spends = spendOnModel(activation, models, {
        ...{ model, conversation, areOptionsNew: spoken.options !== undefined },
        sent: () => (isSteerable ? journal.steering.untakenTexts() : []),
        last: last?.type === 'value' ? (last.value as unknown as ModelAnswer) : undefined,
      })
      void pursue(activation, scope, {
        ...{ step: identity, inDoubt: 'repeat', label, policy, isPolicyDeclared: retry !== undefined, said, spends },
        attempt: (attempt) =>
          activation.bodies.attempt({ scope, step: identity, label, attempt, limit, isSteerable, body }),
      })
    }
  })
  return answer as unknown as ModelAnswer
}

function toIdentity(part: Said['messages'][number]): unknown {
  if ('recap' in part) return { recap: true }
  return 'results' in part ? { results: part.results.map(({ excerpt: _, ...result }) => result) } : part
}

type Spoken = Omit<SampleRequest, 'key' | 'model' | 'deadlineMs' | 'timeoutMs' | 'retry' | 'steerable'>

type News = Pick<Said, 'after' | 'messages' | 'compaction'>

/** What is new in this turn, with the keys that its steps have in the journal. @throws Error */
function toNews(activation: Activation, { prefix }: Scope, { after, messages, compaction }: Spoken): News {
  const inScope = (part: Said['messages'][number]): Said['messages'][number] => {
    if ('role' in part) return part
    if ('results' in part) return { results: part.results.map((result) => ({ ...result, step: prefix + result.step })) }
    const { of, until, compaction } = part.recap
    return { recap: { of: prefix + of, until: prefix + until, ...(compaction && { compaction: prefix + compaction }) } }
  }
  if (after === undefined) return { messages: messages.map(inScope) }
  const answer = activation.calls.heard(prefix + after)
  if (answer?.type !== 'value' || !answer.said)
    throw new Error(`There is no answer of a model step '${prefix + after}' to continue.`)
  const compacted = compaction === undefined ? {} : { compaction: prefix + compaction }
  return { after: prefix + after, messages: messages.map(inScope), ...compacted }
}

/** The same as it is now, whatever the caller does with its objects, with the options where they are new. */
function toSaid({ conversations }: Activation, news: News, request: Spoken): Said {
  const { after: _after, messages: _messages, compaction: _compaction, ...options } = request
  const isSame = news.after !== undefined && conversations.hasOptions(news.after, options)
  return JSON.parse(JSON.stringify({ ...news, ...(!isSame && { options }) })) as Said
}

/** With what people have sent to the task: in the last message of the user, unless that has the results of tools alone. */
function withSteers(said: Said, texts: readonly string[]): Said {
  if (texts.length === 0) return said
  const { messages } = said
  const content = texts.map(text)
  const last = messages.at(-1)
  if (!last || !('role' in last)) return { ...said, messages: [...messages, { role: 'user', content }] }
  return { ...said, messages: [...messages.slice(0, -1), { ...last, content: [...last.content, ...content] }] }
}

function checkAudience({ audience }: Activation, tools: number): void {
  const needed = tools > 0 ? 'sampling.tools' : 'sampling'
  if (audience.sampling === 'tools' || (audience.sampling === 'plain' && tools === 0)) return
  throw new Error(
    `No model: none is configured for this worker, and the client that submitted the task did not declare the capability ${needed}.`,
  )
}
