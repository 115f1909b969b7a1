import { isElder } from './elders.ts'
import type { PlannedTask } from './plan.ts'
import { Random } from './random.ts'

/** What people do to a task that is under way, once it has had so many effects with all below it. */
export type PlannedVerb = {
  /** Of the task that was submitted. */
  readonly label: string
  readonly afterEffects: number
} & (
  | { readonly kind: 'cancel' }
  /** `tree`: the task that was submitted, with all below it; `task`: only the one that had the effect, with all below that. */
  | { readonly kind: 'pause'; readonly of: 'tree' | 'task'; readonly forMs: number }
  /** Something is said to an agent; no two messages of a plan are the same. */
  | { readonly kind: 'steer'; readonly message: string }
)

/** Longer than it takes a worker to hear of it, so that there is something to see. */
const PAUSED_FOR_MS = [2500, 4500] as const

/** Each kind by itself, so that a task may be paused and cancelled, in any order. */
export const makeVerbs = (seed: string, tasks: readonly PlannedTask[]): readonly PlannedVerb[] =>
  tasks.flatMap((planned): PlannedVerb[] => {
    const { label } = planned
    // Their code changes while they wait, and not later.
    if (isElder(planned)) return []
    const random = new Random(`${seed}/verbs/${label}`)
    const after = (least = 1) => ({ label, afterEffects: random.int(least, least + 1) })
    // A workflow has two calls under way at once: with the third effect one of them is over, and is to be undone.
    const [chance, least] = planned.kind === 'workflow' ? [0.4, random.int(2, 4)] : [0.15, 1]
    return [
      ...some(random, chance, (): PlannedVerb => ({ kind: 'cancel', ...after(least) })),
      ...some(random, 0.3, (): PlannedVerb => {
        const of = random.chance(0.7) ? 'tree' : 'task'
        return { kind: 'pause', of, forMs: random.int(...PAUSED_FOR_MS), ...after() }
      }),
      ...(planned.kind === 'agent' ? ['once', 'again'] : []).flatMap((which) =>
        some(random, 0.6, (): PlannedVerb => ({ kind: 'steer', message: `<${label} ${which}>`, ...after() })),
      ),
    ]
  })

const some = <T>(random: Random, probability: number, make: () => T): T[] =>
  random.chance(probability) ? [make()] : []
