import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import type { SteerSeen } from '../interventions.ts'
import { isTurnKey } from '../steps.ts'

/** Who speaks to an agent is heard. */
export const steering: Check = {
  name: 'steering',
  promise: 'what is said to an agent its model hears once, in one turn and in all that come after it',
  judge: ({ steers, tasks }) => {
    const byId = new Map(tasks.map((task) => [task.taskId, task]))
    return {
      looked: `${steers.length} messages to ${new Set(steers.map(({ taskId }) => taskId)).size} agents`,
      problems: steers.flatMap(({ taskId, message }) => {
        const task = byId.get(taskId)
        return task
          ? problemsOf(withRetries(task, tasks), message).map((says) => ({ taskId, says: `${task.label} ${says}` }))
          : []
      }),
    }
  },
}

/** A retry goes on with the conversation. */
function withRetries(task: TaskEvidence, tasks: readonly TaskEvidence[]): TaskEvidence {
  const next = tasks.find(({ follows }) => follows?.how === 'retry' && follows.taskId === task.taskId)
  return next ? withRetries({ ...next, answers: [...task.answers, ...next.answers] }, tasks) : task
}

function problemsOf({ answers, status, outcome }: TaskEvidence, message: SteerSeen['message']): string[] {
  const turns = answers
    .filter(({ key }) => isTurnKey(key))
    .map(({ key, answer }) => ({ key, turn: Number(key.slice(1)), times: timesIn(answer, message) }))
    .sort((one, other) => one.turn - other.turn)
  const twice = turns.find(({ times }) => times > 1)
  const first = turns.find(({ times }) => times > 0)?.turn ?? Number.POSITIVE_INFINITY
  const forgetful = turns.find(({ turn, times }) => turn > first && times === 0)
  const isHeard = outcome?.kind === 'result' && timesIn(outcome.result, message) === 1
  return [
    ...(twice ? [`heard ${message} ${twice.times} times in ${twice.key}`] : []),
    ...(forgetful ? [`heard ${message} in m${first}, and not in ${forgetful.key}`] : []),
    ...(status === 'completed' && !isHeard ? [`has ended, and its model had not heard ${message} once`] : []),
  ]
}

/** The model of the client repeats all that was said to it. */
const timesIn = (said: object, message: string): number => JSON.stringify(said).split(message).length - 1
