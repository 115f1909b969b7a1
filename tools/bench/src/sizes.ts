/** How much is measured. */
export interface Sizes {
  /** Rounds of each contestant that count; one more goes before them. */
  readonly rounds: number
  readonly steps5: { readonly tasks: number; readonly alone: number }
  readonly http: { readonly cycles: number; readonly gets: number }
  readonly suspended: { readonly tasks: number; readonly probes: number }
  readonly retained: { readonly few: number; readonly many: number; readonly probes: number }
  readonly conversation: { readonly toolCalls: number }
  readonly agentLoop: { readonly tasks: number; readonly alone: number }
  readonly scaling: { readonly tasksPerWorker: number }
}

export const FULL: Sizes = {
  rounds: 7,
  steps5: { tasks: 4000, alone: 400 },
  http: { cycles: 2000, gets: 20_000 },
  suspended: { tasks: 100_000, probes: 400 },
  retained: { few: 1000, many: 1_000_000, probes: 2000 },
  conversation: { toolCalls: 1000 },
  agentLoop: { tasks: 500, alone: 100 },
  scaling: { tasksPerWorker: 400 },
}

/** Says that the tool works, and nothing about speed. */
export const QUICK: Sizes = {
  rounds: 1,
  steps5: { tasks: 60, alone: 5 },
  http: { cycles: 60, gets: 100 },
  suspended: { tasks: 60, probes: 3 },
  retained: { few: 20, many: 200, probes: 20 },
  conversation: { toolCalls: 5 },
  agentLoop: { tasks: 20, alone: 3 },
  scaling: { tasksPerWorker: 20 },
}
