import { makePlan } from './plan.ts'
import { failedOf, judge } from './report.ts'
import { runRound } from './run-round.ts'
import { SELF_TEST } from './sizes.ts'

/** A protection that is switched off in the processes of a run, by a module that is loaded into them first. */
interface Sabotage {
  readonly name: string
  readonly module: URL
  /** The check that must notice. */
  readonly noticedBy: string
}

const SABOTAGES: readonly Sabotage[] = [
  { name: 'fencing', module: new URL('./sabotage/fencing.ts', import.meta.url), noticedBy: 'journal' },
  { name: 'replay', module: new URL('./sabotage/replay.ts', import.meta.url), noticedBy: 'not again' },
  { name: 'pausing', module: new URL('./sabotage/pausing.ts', import.meta.url), noticedBy: 'pause' },
  { name: 'steering', module: new URL('./sabotage/steering.ts', import.meta.url), noticedBy: 'steering' },
  { name: 'deduplication', module: new URL('./sabotage/deduplication.ts', import.meta.url), noticedBy: 'takeover' },
]

/** Runs with one protection off at a time. Resolves to whether each run failed, by the check that is there for it. */
export async function selfTest(seed: string, signal: AbortSignal, write: (line: string) => void): Promise<boolean> {
  let isNoticed = true
  for (const { name, module, noticedBy } of SABOTAGES) {
    const plan = makePlan(seed, SELF_TEST)
    const evidence = await runRound({ plan, sabotage: module, signal, onFault: () => {} })
    const failed = failedOf(judge(evidence))
    const broken = failed.find(({ check }) => check.name === noticedBy)
    isNoticed &&= broken !== undefined
    write(`${broken ? 'noticed' : 'MISSED '} without ${name}, by '${noticedBy}': ${broken?.verdict.problems[0]?.says}`)
    write(
      `        broken: ${failed.map(({ check, verdict }) => `${check.name} (${verdict.problems.length})`).join(', ')}`,
    )
  }
  return isNoticed
}
