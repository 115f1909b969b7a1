/** Where a loop stands before a turn. */
interface LoopState {
  /** Number of the turn that is about to be taken, from 1. */
  readonly turn: number
  /** Time that is left, below zero when it is over; undefined without a limit. */
  readonly remainingMs: number | undefined
  /** Calls of the turn before were not made, since a budget is used up. */
  readonly isAtLimit: boolean
}

/** Why a turn is the last one, whether or not the model has finished. */
export type Stop = 'maxTurns' | 'timeout' | 'budget'

/** Says why the turn that is about to be taken is the last; undefined when it is not. */
export type StopRule = (state: LoopState) => Stop | undefined

export const afterTurns =
  (maxTurns: number): StopRule =>
  ({ turn }) =>
    turn >= maxTurns ? 'maxTurns' : undefined

export const outOfTime: StopRule = ({ remainingMs }) =>
  remainingMs !== undefined && remainingMs <= 0 ? 'timeout' : undefined

export const outOfBudget: StopRule = ({ isAtLimit }) => (isAtLimit ? 'budget' : undefined)

/** The first of the rules that has something to say. */
export const firstOf =
  (...rules: readonly StopRule[]): StopRule =>
  (state) => {
    for (const rule of rules) {
      const stop = rule(state)
      if (stop) return stop
    }
    return undefined
  }
