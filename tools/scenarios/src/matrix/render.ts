import { CELLS, type Cell, CLIENT_IDS, type ClientId } from './cells.ts'
import { STEP_NAMES, type Step } from './steps.ts'

/** The matrix for docs/clients.md, with its reasons below it. */
export function renderMatrix(): string {
  const reasons: string[] = []
  const numberOf = (why: string): number => {
    if (!reasons.includes(why)) reasons.push(why)
    return reasons.indexOf(why) + 1
  }
  const toText = (cell: Cell): string => {
    switch (cell.kind) {
      case 'own':
        return cell.how
      case 'plain':
        return `plain tools (${numberOf(cell.cannot.why)})`
      case 'none':
        return `**no** (${numberOf(cell.cannot.why)})`
    }
  }
  const rows = STEP_NAMES.map((step) => [step, ...CLIENT_IDS.map((id) => toText(CELLS[id][step]))])
  const lines = [['', ...CLIENT_IDS], ['---', ...CLIENT_IDS.map(() => '---')], ...rows]
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`)
  return [...table, '', ...reasons.map((why, place) => `${place + 1}. ${why}`)].join('\n')
}

/** What is wrong with a client, by step; a step with which nothing is wrong is not in it. */
export type Problems = ReadonlyMap<Step, string>

/** What came of a run, for a terminal: a line for each client, then what is wrong. */
export function renderRun(run: ReadonlyMap<ClientId, Problems>): string {
  const toText = (id: ClientId, step: Step): string => {
    const { kind } = CELLS[id][step]
    if (run.get(id)?.has(step)) return 'WRONG'
    return kind === 'own' ? 'runs' : kind === 'plain' ? 'by plain tools' : 'cannot, as said'
  }
  const lines = [
    ['', ...STEP_NAMES],
    ...[...run.keys()].map((id) => [id, ...STEP_NAMES.map((step) => toText(id, step))]),
  ]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0))) ?? []
  const table = lines.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const wrong = [...run].flatMap(([id, problems]) => [...problems].map(([step, why]) => `${id}, ${step}: ${why}`))
  return [...table, ...wrong].map((line) => line.trimEnd()).join('\n')
}
