import type { OpenQuestion } from '@longhaul/engine'
import type { Audience } from '@longhaul/task'

/** Whether whoever has this audience can be asked the question: nothing is asked that was not declared (P1, P15, P21). */
export function canAnswer(audience: Audience, { wait: { question }, conversation }: OpenQuestion): boolean {
  switch (question.method) {
    case 'elicitation/create':
      return question.mode === 'url' ? audience.url === true : audience.elicitation
    case 'roots/list':
      return audience.roots === true
    case 'sampling/createMessage':
      return audience.sampling === 'tools' || (audience.sampling === 'plain' && !conversation?.options.tools?.length)
  }
}

export const canAnswerAnything = ({ sampling, elicitation, url, roots }: Audience): boolean =>
  sampling !== 'none' || elicitation || url === true || roots === true
