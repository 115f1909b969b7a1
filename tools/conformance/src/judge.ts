import { type Outcomes, STATUSES, type Status } from './checks.ts'
import type { ExpectedFailure } from './expected-failures.ts'

export interface Verdict {
  readonly passed: number
  /** Each with its reason; none when all is well. */
  readonly problems: readonly string[]
}

/**
 * Holds what came of a suite against what is to be reached. A check that is not there counts as failed: a scenario
 * without checks, or for a tool that does not exist, looks green otherwise. An expected failure that passes is one, too.
 */
export function judge(
  outcomes: Outcomes,
  target: ReadonlyMap<string, Status>,
  expected: readonly ExpectedFailure[],
): Verdict {
  const excused = new Set(expected.map(({ check }) => check))
  const wrong = new Map<string, string>()
  for (const [check, status] of target) {
    const outcome = outcomes.get(check)
    if (!outcome) wrong.set(check, 'it did not run')
    else if (isWorse(outcome.status, status))
      wrong.set(check, `${outcome.status}: ${outcome.message ?? 'no reason given'}`)
  }
  for (const [check, { status, message }] of outcomes) {
    if (status === 'FAILURE' && !wrong.has(check)) wrong.set(check, `FAILURE: ${message ?? 'no reason given'}`)
  }
  const problems = [...wrong].filter(([check]) => !excused.has(check)).map(([check, why]) => `${check}: ${why}`)
  const stale = expected.filter(({ check }) => !wrong.has(check))
  return {
    passed: [...outcomes.values()].filter(({ status }) => status === 'SUCCESS').length,
    problems: [...problems, ...stale.map(({ check }) => `${check}: it passes, so it is no expected failure any more`)],
  }
}

const isWorse = (status: Status, wanted: Status): boolean => STATUSES.indexOf(status) < STATUSES.indexOf(wanted)
