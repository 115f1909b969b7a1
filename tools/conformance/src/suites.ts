/** One run of one of the official suites. */
export interface Suite {
  readonly name: string
  /** The package that it is in, as package.json names it. */
  readonly package: 'conformance-0.1' | 'conformance-0.2'
  readonly args: readonly string[]
  /** File of targets/ with every check that it must reach: those of the SDK's reference server, and of all tasks scenarios. */
  readonly target: string
}

export const SUITES: readonly Suite[] = [
  {
    name: '0.1.16, all',
    package: 'conformance-0.1',
    args: ['--suite', 'all'],
    target: '0.1.16-all.json',
  },
  {
    name: '0.2.0-alpha.12, 2025-11-25',
    package: 'conformance-0.2',
    args: ['--requirements', '2025-11-25'],
    target: 'alpha-2025-11-25.json',
  },
  {
    name: '0.2.0-alpha.12, 2026-07-28',
    package: 'conformance-0.2',
    args: ['--requirements', '2026-07-28'],
    target: 'alpha-2026-07-28.json',
  },
]
