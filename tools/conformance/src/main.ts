import { toolProgram } from '@longhaul/testbed/tool-program'
import { readTarget } from './checks.ts'
import { EXPECTED_FAILURES } from './expected-failures.ts'
import { judge } from './judge.ts'
import { runSuite } from './run-suite.ts'
import { serve } from './serve.ts'
import { SUITES } from './suites.ts'

const program = toolProgram(
  'conformance',
  'Runs the official conformance suites, and holds every check against what is expected.',
)
const [given] = program
  .argument('[url]', 'of a server that runs; an installation of our own if none is given')
  .parse().args
if (given !== undefined && !URL.canParse(given))
  program.error(`error: ${given} is no URL of a server, like http://127.0.0.1:4620/mcp.`)
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
