import { parseArgs } from 'node:util'
import { type Gate, QUICK_GATES, TESTS } from './gates.ts'
import { renderVerdict } from './render-verdict.ts'
import { runGate } from './run-gate.ts'

const { values } = parseArgs({ options: { 'no-tests': { type: 'boolean', default: false } } })

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
if (values['no-tests']) console.log('NOT RUN: tests (--no-tests)')
else held.push(await work([TESTS]))
process.exitCode = held.every(Boolean) ? 0 : 1
