import { stripVTControlCharacters } from 'node:util'
import type { Verdict } from './run-gate.ts'

/** One line per verdict; below it what the gate printed when it failed, or what it said that it did not run. */
export function renderVerdict({ gate, holds, tookMs, output }: Verdict): string {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n')
  const totals = lines.findLast((line) => /^\d+ passed, \d+ failed, \d+ skipped$/.test(line))
  const time = `${(tookMs / 1000).toFixed(1)} s`
  const head = [holds ? 'ok    ' : 'failed', gate.name.padEnd(10), time.padStart(7), totals ?? ''].join('  ').trimEnd()
  const below = holds ? lines.filter((line) => line.includes('NOT RUN: ')).join('\n') : output.trimEnd()
  return below === '' ? head : `${head}\n${below}`
}
