/** A check that fails for a good reason. It is a mistake to have one here that passes. */
export interface ExpectedFailure {
  /** Name of the suite. */
  readonly suite: string
  /** `scenario/check` */
  readonly check: string
  readonly reason: string
}

const MODERN = '0.2.0-alpha.12, 2026-07-28'
const NO_ROOTS = 'tools cannot ask for the roots of a client yet'
const NO_AUDIENCE = 'tools cannot see yet what a client can be asked'
const NO_RELOAD =
  'what a worker offers changes when the worker is started anew, not while it runs; a warning, of a SHOULD'

const expected = (scenario: string, reason: string, checks: readonly string[]): ExpectedFailure[] =>
  checks.map((check) => ({ suite: MODERN, check: `${scenario}/${check}`, reason }))

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [
  ...expected('input-required-result-basic-list-roots', NO_ROOTS, [
    'sep-2322-list-roots-incomplete',
    'sep-2322-list-roots-complete',
  ]),
  ...expected('input-required-result-multiple-input-requests', NO_ROOTS, [
    'sep-2322-multiple-inputs-incomplete',
    'sep-2322-multiple-inputs-complete',
  ]),
  ...expected('input-required-result-capability-check', NO_AUDIENCE, ['sep-2322-respect-client-capabilities']),
  ...expected('server-stateless', NO_RELOAD, [
    'sep-2575-server-sends-prompts-list-changed-on-subscription',
    'sep-2575-server-sends-tools-list-changed-on-subscription',
  ]),
]
