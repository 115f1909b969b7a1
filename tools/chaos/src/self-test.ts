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

const sabotage = (name: string, noticedBy: string): Sabotage => ({
  name,
  module: new URL(`./sabotage/${name}.ts`, import.meta.url),
  noticedBy,
})

const SABOTAGES: readonly Sabotage[] = [
  sabotage('fencing', 'journal'),
  sabotage('replay', 'not again'),
  sabotage('pausing', 'pause'),
  sabotage('steering', 'steering'),
  sabotage('undoing', 'undo'),
  sabotage('retrying', 'retry'),
  sabotage('budgeting', 'budget'),
  sabotage('deduplication', 'takeover'),
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
