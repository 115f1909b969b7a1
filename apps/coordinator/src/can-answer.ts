import type { OpenQuestion } from '@longhaul/engine'
import type { Audience } from '@longhaul/task'

/** Whether whoever has this audience can be asked the question: nothing is asked that was not declared (P1, P15, P21). */
export function canAnswer(audience: Audience, { wait, conversation }: OpenQuestion): boolean {
  if (wait.question.method === 'elicitation/create') return audience.elicitation
  return audience.sampling === 'tools' || (audience.sampling === 'plain' && !conversation?.options.tools?.length)
}
