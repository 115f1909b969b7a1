import { toolProgram } from '@longhaul/testbed/tool-program'
import { CELLS, CLIENT_IDS, type ClientId } from './cells.ts'
import { installCliClients } from './cli-packages.ts'
import { IN_PROCESS } from './clients.ts'
import { judge } from './judge.ts'
import { startMatrixWorld } from './matrix-world.ts'
import { type Problems, renderRun } from './render.ts'
import { runCell } from './run-cell.ts'
import { STEP_NAMES, type Step } from './steps.ts'

toolProgram(
  'matrix',
  'Does every step with every client, and fails when that does not come to what docs/clients.md says.',
).parse()
installCliClients()
const world = await startMatrixWorld()

async function runClient(id: ClientId): Promise<[ClientId, Problems]> {
  const client = await world.connect(id)
  const problems = new Map<Step, string>()
  for (const step of STEP_NAMES) {
    const cell = CELLS[id][step]
    const problem = judge(cell, await runCell({ id, step, client, recorder: world.recorder }))
    if (problem !== undefined) problems.set(step, problem)
  }
  return [id, problems]
}

try {
  const commands = CLIENT_IDS.filter((id) => !IN_PROCESS.includes(id))
  // Commands take all of the machine, and would be what the others wait for.
  const rows = [...(await Promise.all(IN_PROCESS.map(runClient))), ...(await Promise.all(commands.map(runClient)))]
  const run = new Map(rows)
  console.log(renderRun(run))
  for (const problem of world.problems) console.log(problem)
  if ([...run.values()].some(({ size }) => size > 0) || world.problems.length > 0) process.exitCode = 1
} finally {
  await world.stop()
}
