import type { Check, Verdict } from './check.ts'
import { coverageOf } from './checks/coverage.ts'
import { CHECKS } from './checks/index.ts'
import { recoveryTimes, summarize } from './checks/recovery.ts'
import type { Evidence } from './evidence.ts'
import { FAULT_KINDS, type Plan } from './plan.ts'
import type { FaultSeen } from './storm.ts'

export interface Judgement {
  readonly check: Check
  readonly verdict: Verdict
}

export const judge = (evidence: Evidence): readonly Judgement[] =>
  CHECKS.map((check) => ({ check, verdict: check.judge(evidence) }))

export const failedOf = (judgements: readonly Judgement[]): readonly Judgement[] =>
  judgements.filter(({ verdict }) => verdict.problems.length > 0)

/** Problems of one check that are shown; the evidence file has them all. */
const MOST_SHOWN = 5

export function renderPlan({ seed, size, tasks, faults }: Plan): string {
  const kinds = [...Map.groupBy(tasks, ({ kind }) => kind)].map(([kind, { length }]) => `${length} ${kind}`)
  return [
    `Seed ${seed}: ${tasks.length} tasks (${kinds.join(', ')}), ${faults.length} faults,`,
    `${size.coordinators} coordinators, ${size.workers} workers. The same seed makes the same plan.`,
  ].join(' ')
}

/** One line, as it happens. */
export function renderFault(
  plan: Plan,
  { planned, victim, interrupted, at }: FaultSeen,
  soFar: { readonly faults: number; readonly endedTasks: number; readonly startedAt: number },
): string {
  const seconds = ((at - soFar.startedAt) / 1000).toFixed(1).padStart(6)
  const count = `${soFar.faults}/${plan.faults.length}`.padStart(8)
  const hit = interrupted.length > 0 ? `, in the middle of ${interrupted.length} effects` : ''
  return `${seconds} s ${count}  ${planned.kind} ${victim}${hit}; ${soFar.endedTasks} tasks have ended`
}

/** What came about, and what each check says to it, for people. */
export function renderReport(evidence: Evidence, judgements: readonly Judgement[]): string {
  const { faults } = evidence
  const reached = coverageOf(evidence)
  const calm = summarize(recoveryTimes(evidence, 'calm'))
  const storm = summarize(recoveryTimes(evidence, 'storm'))
  return [
    '',
    'Faults',
    ...FAULT_KINDS.map((kind) => renderKind(kind, faults)),
    '',
    'Reached',
    `  kills and freezes    ${reached.killsAndFreezes}, ${reached.interrupting} of them in the middle of effects, ${reached.interruptedSteps} effects in all`,
    `  stale writes refused ${reached.refusedWrites}`,
    `  recovery             p50 ${calm.p50} ms, max ${calm.most} ms; with other faults at the same time p50 ${storm.p50} ms, max ${storm.most} ms`,
    '',
    'Checks',
    ...judgements.flatMap(({ check, verdict }) => renderVerdict(check, verdict)),
  ].join('\n')
}

/** The same for machines. */
export function toJsonReport({ seed, size }: Plan, evidence: Evidence, judgements: readonly Judgement[]): object {
  const { faults } = evidence
  return {
    seed,
    size,
    faults: Object.fromEntries(
      FAULT_KINDS.map((kind) => [kind, faults.filter(({ planned }) => planned.kind === kind).length]),
    ),
    reached: coverageOf(evidence),
    recoveryMs: {
      calm: summarize(recoveryTimes(evidence, 'calm')),
      storm: summarize(recoveryTimes(evidence, 'storm')),
    },
    checks: judgements.map(({ check: { name, promise }, verdict }) => ({
      name,
      promise,
      holds: verdict.problems.length === 0,
      ...verdict,
    })),
  }
}

function renderKind(kind: string, faults: readonly FaultSeen[]): string {
  const seen = faults.filter(({ planned }) => planned.kind === kind)
  const hit = seen.filter(({ interrupted }) => interrupted.length > 0).length
  return `  ${kind.padEnd(20)} ${seen.length}${hit > 0 ? `, ${hit} of them in the middle of effects` : ''}`
}

function renderVerdict({ name, promise }: Check, { looked, problems }: Verdict): string[] {
  const mark = problems.length === 0 ? 'holds ' : 'BROKEN'
  const shown = problems
    .slice(0, MOST_SHOWN)
    .map(({ says, taskId }) => `           ${taskId ? `${taskId}: ` : ''}${says}`)
  const more = problems.length > MOST_SHOWN ? [`           and ${problems.length - MOST_SHOWN} more`] : []
  return [`  ${mark} ${name.padEnd(14)} ${promise} (${looked})`, ...shown, ...more]
}
