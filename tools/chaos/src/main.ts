import { toolProgram } from '@longhaul/testbed/tool-program'
import { runBudget } from './budget-run.ts'
import { writeEvidence } from './evidence-file.ts'
import { makePlan } from './plan.ts'
import { failedOf, judge, renderFault, renderPlan, renderReport, toJsonReport } from './report.ts'
import { runRound } from './run-round.ts'
import { selfTest } from './self-test.ts'
import { FULL, SHORT } from './sizes.ts'

const options = toolProgram('chaos', 'Kills, freezes and cuts off everything for ten minutes, and checks what is left.')
  .option('--short', 'less than two minutes of it')
  .option('--seed <seed>', 'the plan of an earlier run once more')
  .option('--json', 'a report for machines on stdout, the readable one on stderr')
  .option('--budget', 'children under one budget instead, whose workers are killed')
  .option('--self-test', 'with one protection switched off at a time, each of which must be noticed')
  .parse()
  .opts<{ seed?: string; short?: true; json?: true; budget?: true; selfTest?: true }>()
const seed = options.seed ?? String(Math.floor(Math.random() * 1e9))
const write = (line: string) => (options.json ? console.error(line) : console.log(line))

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stopped.abort(new Error(`Stopped by ${signal}.`)))
}
try {
  const isGood = await choose()
  process.exitCode = isGood ? 0 : 1
} catch (error) {
  if (!stopped.signal.aborted) throw error
  write(`${stopped.signal.reason.message}`)
  process.exitCode = 130
}

async function choose(): Promise<boolean> {
  if (options.budget) return runBudget(stopped.signal, write)
  return options.selfTest ? selfTest(seed, stopped.signal, write) : run()
}

async function run(): Promise<boolean> {
  const plan = makePlan(seed, options.short ? SHORT : FULL)
  write(renderPlan(plan))
  const startedAt = Date.now()
  const evidence = await runRound({
    plan,
    signal: stopped.signal,
    onFault: (fault, soFar) => write(renderFault(plan, fault, { ...soFar, startedAt })),
  })
  const judgements = judge(evidence)
  write(renderReport(evidence, judgements))
  const isGood = failedOf(judgements).length === 0
  const evidenceFile = isGood ? undefined : await writeEvidence(plan, evidence, judgements)
  if (evidenceFile) write(`\nEvidence: ${evidenceFile}`)
  if (options.json) console.log(JSON.stringify({ ...toJsonReport(plan, evidence, judgements), evidenceFile }))
  return isGood
}
