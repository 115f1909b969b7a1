import { readTarget } from './checks.ts'
import { EXPECTED_FAILURES } from './expected-failures.ts'
import { judge } from './judge.ts'
import { runSuite } from './run-suite.ts'
import { serve } from './serve.ts'
import { SUITES } from './suites.ts'

/** Runs every suite against an installation of our own, or against the URL that the argument names. */
const [given] = process.argv.slice(2)
const server = given === undefined ? await serve(0) : { url: given, stop: async () => {} }
try {
  for (const suite of SUITES) {
    const outcomes = await runSuite(suite, server.url)
    const target = readTarget(suite.target)
    const expected = EXPECTED_FAILURES.filter((failure) => failure.suite === suite.name)
    const { passed, problems } = judge(outcomes, target, expected)
    const wanted = [...target.values()].filter((status) => status === 'SUCCESS').length
    console.log(`${suite.name}: ${passed} passed of ${wanted}, ${expected.length} expected failures`)
    for (const problem of problems) console.log(`  ${problem}`)
    if (problems.length > 0) process.exitCode = 1
  }
} finally {
  await server.stop()
}
