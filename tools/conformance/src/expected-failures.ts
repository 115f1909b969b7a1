/** A check that fails for a good reason. It is a mistake to have one here that passes. */
export interface ExpectedFailure {
  /** Name of the suite. */
  readonly suite: string
  /** `scenario/check` */
  readonly check: string
  readonly reason: string
}

/** None at present. */
export const EXPECTED_FAILURES: readonly ExpectedFailure[] = []
