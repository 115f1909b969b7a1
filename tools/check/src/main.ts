import { toolProgram } from '@longhaul/testbed/tool-program'
import { type Gate, QUICK_GATES, TESTS } from './gates.ts'
import { renderVerdict } from './render-verdict.ts'
import { runGate } from './run-gate.ts'

const { tests } = toolProgram('check', 'Says of everything that must hold before a change goes in whether it does.')
  .option('--no-tests', 'all but the tests')
  .parse()
  .opts<{ tests: boolean }>()

/** Takes gates from the list until it is empty. */
async function work(gates: Gate[]): Promise<boolean> {
  let allHold = true
  for (let gate = gates.shift(); gate !== undefined; gate = gates.shift()) {
    const verdict = await runGate(gate)
    console.log(renderVerdict(verdict))
    allHold &&= verdict.holds
  }
  return allHold
}

const waiting = [...QUICK_GATES]
const held = await Promise.all([work(waiting), work(waiting)])
if (tests) held.push(await work([TESTS]))
else console.log('NOT RUN: tests (--no-tests)')
process.exitCode = held.every(Boolean) ? 0 : 1
