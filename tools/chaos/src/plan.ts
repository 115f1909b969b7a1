import type { Budget } from '@longhaul/task'
import type { Program } from '../project/program.ts'
import { type Bookings, makeBookings } from './bookings.ts'
import { ELDER_PROGRAM, type Elder, POLICIES } from './elders.ts'
import { makeWhole } from './make-program.ts'
import { Random } from './random.ts'
import { makeScript, type Script } from './script.ts'
import { makeVerbs, type PlannedVerb } from './verbs.ts'

/** A task that will be submitted, and what its code is to do. */
export type PlannedTask = {
  /** Unique in the plan. */
  readonly label: string
  /** Whose task it is: a place in the list of people. */
  readonly person: number
  /** Its client submits it once more, under the same key. */
  readonly isSubmittedTwice: boolean
  /** What its client lets it spend with all below it; absent: anything. */
  readonly budget?: Budget
} & (
  | { readonly kind: 'program'; readonly tool: 'program' | 'repeatable' | Elder; readonly program: Program }
  | { readonly kind: 'post'; readonly ms: number }
  /** With the model of its client, or one that a worker calls. */
  | { readonly kind: 'agent'; readonly tool: 'caller_agent' | 'hired_agent'; readonly script: Script }
  | { readonly kind: 'scripted_agent' }
  | { readonly kind: 'workflow'; readonly tool: 'bookings' | 'visits'; readonly bookings: Bookings }
)

export const FAULT_KINDS = [
  'kill-worker',
  'freeze-worker',
  'stall-worker',
  'cut-worker',
  'delay-worker',
  'kill-coordinator',
  'freeze-coordinator',
  'drain-worker',
  'drain-coordinator',
  'rolling-restart',
  'restart-store',
  'kill-store',
] as const
type FaultKind = (typeof FAULT_KINDS)[number]

export interface PlannedFault {
  readonly kind: FaultKind
  /** In a calm nothing else goes wrong, so that the time until a killed worker's tasks go on can be measured. */
  readonly phase: 'storm' | 'calm'
  /** Milliseconds after the one before. */
  readonly gapMs: number
  /** How long it lasts; 0 where that is not a choice. */
  readonly forMs: number
  /** Chooses among those that it may hit. At least 0, less than 1. */
  readonly pick: number
}

/** What came about of the faults of a plan. */
export interface Coverage {
  /** Processes that were killed or stopped; those that only lost the store are not counted. */
  readonly killsAndFreezes: number
  /** Kills and freezes that hit at least one step in the middle of its effect. */
  readonly interrupting: number
  /** Effects that they hit in the middle. */
  readonly interruptedSteps: number
  readonly storeRestarts: number
  /** Writes of workers that came too late. */
  readonly refusedWrites: number
}

/** How much of everything. */
export interface Size {
  readonly tasks: number
  /** Tasks whose code changes under them, for each policy. */
  readonly elders: number
  readonly workers: number
  readonly coordinators: number
  /** Tasks that are under way at once. */
  readonly window: number
  readonly storm: Readonly<Record<FaultKind, number>>
  readonly calmKills: number
  /** Tasks of the second phase, which are kept for a moment only. */
  readonly shortLived: number
  /** Time that tasks have to end after the last fault. */
  readonly drainMs: number
  /** What must have come about for the run to mean something. */
  readonly atLeast: Coverage
}

export interface Plan {
  readonly seed: string
  readonly size: Size
  readonly tasks: readonly PlannedTask[]
  readonly verbs: readonly PlannedVerb[]
  readonly faults: readonly PlannedFault[]
  readonly shortLived: readonly PlannedTask[]
}

/** People whose tasks they are; each has a partition of the store. */
export const PEOPLE = ['ann', 'ben', 'cem', 'dee'] as const

/** Everything of a run that is decided beforehand; the same for the same seed and size. */
export function makePlan(seed: string, size: Size): Plan {
  const storm = Object.entries(size.storm).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => kind as FaultKind),
  )
  const order = new Random(`${seed}/order`).shuffle(storm)
  // The elders first, so that they have come to their question when their code changes.
  const tasks = [
    ...Array.from({ length: size.elders }, (_, place) => makeElders(seed, place + 1)).flat(),
    ...Array.from({ length: size.tasks }, (_, place) => makeTask(seed, `task-${place + 1}`)),
  ]
  return {
    seed,
    size,
    tasks,
    verbs: makeVerbs(seed, tasks),
    faults: [
      ...order.map((kind, place) => makeFault(new Random(`${seed}/fault/${place}`), kind)),
      ...Array.from({ length: size.calmKills }, (_, place) => makeCalmKill(new Random(`${seed}/calm/${place}`))),
    ],
    shortLived: Array.from({ length: size.shortLived }, (_, place) => makeTask(seed, `short-lived-${place + 1}`)),
  }
}

function makeTask(seed: string, label: string): PlannedTask {
  const random = new Random(`${seed}/${label}`)
  const base = {
    label,
    person: random.int(0, PEOPLE.length - 1),
    isSubmittedTwice: random.chance(0.1),
  }
  const kind = random.next()
  if (kind < 0.06) return { ...base, kind: 'post', ms: random.int(100, 900) }
  if (kind < 0.2) {
    const tool = random.pick(['caller_agent', 'hired_agent'] as const)
    return { ...base, ...makeBudget(seed, label, 'turns'), kind: 'agent', tool, script: makeScript(random, label) }
  }
  if (kind < 0.24) return { ...base, kind: 'scripted_agent' }
  if (kind < 0.4) {
    const tool = random.pick(['bookings', 'bookings', 'visits'] as const)
    return { ...base, ...makeBudget(seed, label, 'toolCalls'), kind: 'workflow', tool, bookings: makeBookings(random) }
  }
  const tool = random.pick(['program', 'repeatable'] as const)
  return { ...base, ...makeBudget(seed, label, 'toolCalls'), kind: 'program', tool, program: makeWhole(random) }
}

function makeElders(seed: string, number: number): PlannedTask[] {
  return POLICIES.map((policy): PlannedTask => {
    const label = `elder-${policy}-${number}`
    const person = new Random(`${seed}/${label}`).int(0, PEOPLE.length - 1)
    return { label, person, isSubmittedTwice: false, kind: 'program', tool: `elder_${policy}`, program: ELDER_PROGRAM }
  })
}

/** Some trees may spend little. Agents ask then, since nobody can tell beforehand what they would have without it. */
function makeBudget(seed: string, label: string, limit: 'turns' | 'toolCalls'): Pick<PlannedTask, 'budget'> {
  const random = new Random(`${seed}/budget/${label}`)
  if (!random.chance(0.3)) return {}
  const atLimit = limit === 'turns' || random.chance(0.6) ? 'ask' : 'end'
  return { budget: { [limit]: random.int(1, 2), atLimit } }
}

/** Longer than a lease of 5 s, and shorter than the time after which a silent connection is given up. */
const PAST_THE_LEASE = [5600, 8500] as const

function makeFault(random: Random, kind: FaultKind): PlannedFault {
  const gapMs = random.int(300, 1700)
  const isLong = kind === 'freeze-worker' || kind === 'stall-worker'
  const isShort = kind === 'cut-worker' || kind === 'delay-worker' || kind === 'freeze-coordinator'
  const forMs = isLong ? random.int(...PAST_THE_LEASE) : isShort ? random.int(100, 3000) : 0
  return { kind, phase: 'storm', gapMs, forMs, pick: random.next() }
}

/** Lease, stall check and then some: until then the tasks of the killed worker go on. */
const CALM_MS = 7500

const makeCalmKill = (random: Random): PlannedFault => ({
  kind: 'kill-worker',
  phase: 'calm',
  gapMs: CALM_MS + random.int(0, 1000),
  forMs: 0,
  pick: random.next(),
})
