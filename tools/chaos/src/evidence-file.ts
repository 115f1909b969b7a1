import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Evidence } from './evidence.ts'
import type { Plan } from './plan.ts'
import { failedOf, type Judgement } from './report.ts'

/** Keeps what shows the failure: the problems, all that is known of the tasks that they name, and the faults. @returns its path */
export async function writeEvidence(plan: Plan, evidence: Evidence, judgements: readonly Judgement[]): Promise<string> {
  const problems = failedOf(judgements).flatMap(({ check, verdict }) =>
    verdict.problems.map((problem) => ({ check: check.name, ...problem })),
  )
  const named = new Set(problems.map(({ taskId }) => taskId))
  const kept = {
    seed: plan.seed,
    size: plan.size,
    problems,
    tasks: evidence.tasks.filter(({ taskId }) => named.has(taskId)),
    faults: evidence.faults,
    losses: evidence.losses,
    processes: evidence.processes,
  }
  const file = join(await mkdtemp(join(tmpdir(), 'longhaul-chaos-')), 'evidence.json')
  await writeFile(file, JSON.stringify(kept, null, 2))
  return file
}
