import { type Message, type ModelAnswer, text } from '@longhaul/task'
import { isEmpty } from './build-result.ts'

/** Empty turns in a row that a model is told of. Most have something to say when they are asked once. */
const MOST_NUDGES = 1

/** Ways to end a turn that say all there is to say about its being empty. */
const ENDS_FOR_GOOD = ['maxTokens', 'refusal']

/**
 * What a model hears whose last turn came to nothing: some end with nothing after their tools have done the work, others
 * make a call that their provider cannot read.
 * @param answers one per turn so far
 * @returns undefined when the last turn is not empty, or the model was told before
 */
export function answerEmptyTurn(answers: readonly ModelAnswer[]): Message | undefined {
  const last = answers.at(-1)
  if (!last || !isEmpty(last) || ENDS_FOR_GOOD.includes(last.stopReason ?? '')) return undefined
  const inRow = answers.length - 1 - answers.findLastIndex((answer) => !isEmpty(answer))
  if (inRow > MOST_NUDGES) return undefined
  const why = last.stopReason === undefined || last.stopReason === 'endTurn' ? '' : ` (${last.stopReason})`
  const notice = `[Your turn was empty${why}: neither text nor a call of a tool arrived. Give your answer, or make the call again.]`
  return { role: 'user', content: [text(notice)] }
}
