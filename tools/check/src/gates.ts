/** One thing that must hold before a change goes in. */
export interface Gate {
  readonly name: string
  /** A shell command with the programs of node_modules/.bin on its path; it exits with 0 when the gate holds. */
  readonly command: string
}

/** Cheap and independent of each other: two run at a time. */
export const QUICK_GATES: readonly Gate[] = [
  { name: 'format', command: 'biome format .' },
  { name: 'lint', command: 'biome check --formatter-enabled=false --error-on-warnings .' },
  { name: 'types', command: 'tsc --noEmit' },
  { name: 'boundaries', command: 'vitest run tools/boundaries' },
  { name: 'unused', command: 'knip --no-progress' },
]

/** Runs alone, since its timing matters. The boundaries are tests as well, and have their own line above. */
export const TESTS: Gate = { name: 'tests', command: "vitest run --exclude 'tools/boundaries/**'" }
