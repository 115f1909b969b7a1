import { parseArgs } from 'node:util'
import { runBudget } from './budget-run.ts'
import { writeEvidence } from './evidence-file.ts'
import { makePlan } from './plan.ts'
import { failedOf, judge, renderFault, renderPlan, renderReport, toJsonReport } from './report.ts'
import { runRound } from './run-round.ts'
import { selfTest } from './self-test.ts'
import { FULL, SHORT } from './sizes.ts'

// npm run chaos [-- --short] [-- --seed N] [-- --json] [-- --self-test] [-- --budget]
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    json: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
    budget: { type: 'boolean', default: false },
  },
})
const write = (line: string) => (values.json ? console.error(line) : console.log(line))

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
  if (values.budget) return runBudget(stopped.signal, write)
  return values['self-test'] ? selfTest(values.seed, stopped.signal, write) : run()
}

async function run(): Promise<boolean> {
  const plan = makePlan(values.seed, values.short ? SHORT : FULL)
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
  if (values.json) console.log(JSON.stringify({ ...toJsonReport(plan, evidence, judgements), evidenceFile }))
  return isGood
}
