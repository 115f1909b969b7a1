import type { Check } from '../check.ts'
import type { Evidence } from '../evidence.ts'
import type { Coverage } from '../plan.ts'

export function coverageOf({ faults, refusedWrites }: Evidence): Coverage {
  const killsAndFreezes = faults.filter(({ planned }) => /^(kill|freeze)-(worker|coordinator)/.test(planned.kind))
  return {
    killsAndFreezes: killsAndFreezes.length,
    interrupting: killsAndFreezes.filter(({ interrupted }) => interrupted.length > 0).length,
    interruptedSteps: new Set(killsAndFreezes.flatMap(({ interrupted }) => interrupted)).size,
    storeRestarts: faults.filter(({ planned }) => planned.kind.endsWith('-store')).length,
    refusedWrites,
  }
}

/** A run that breaks nothing proves nothing. */
export const coverage: Check = {
  name: 'coverage',
  promise: 'enough went wrong for the other checks to mean something',
  judge: (evidence) => {
    const reached = coverageOf(evidence)
    const wanted = Object.entries(evidence.size.atLeast) as [keyof Coverage, number][]
    return {
      looked: wanted.map(([name, least]) => `${name} ${reached[name]} of ${least}`).join(', '),
      problems: wanted.flatMap(([name, least]) =>
        reached[name] < least ? [{ says: `${name}: ${reached[name]}, and at least ${least} are wanted` }] : [],
      ),
    }
  },
}
