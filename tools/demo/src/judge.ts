import { PROMISES } from './promises.ts'
import type { DemoRun } from './run-demo.ts'
import { paint } from './timeline.ts'

/** Says of every promise whether it was kept, and what stopped the demo where something did. */
export function judge({ seen, failure }: DemoRun, write: (line: string) => void): { readonly isKept: boolean } {
  if (failure) {
    const { error, lines } = failure
    write(`\nThe demo was stopped: ${error instanceof Error ? error.message : error}. The processes last wrote:`)
    for (const line of lines) write(`  ${line}`)
  }
  write('\nPromises')
  const verdicts = PROMISES.map(({ name, what, broken }) => ({ name, what, fault: broken(seen) }))
  for (const { name, what, fault } of verdicts) {
    if (fault === undefined) write(`  ${paint('green', 'kept  ')}  ${name.padEnd(9)} ${what}`)
    else write(`  ${paint('red', 'BROKEN')}  ${name.padEnd(9)} ${what}: ${fault}`)
  }
  const broken = verdicts.filter(({ fault }) => fault !== undefined).map(({ name }) => name)
  const isKept = broken.length === 0 && failure === undefined
  write(
    isKept ? `\nAll ${PROMISES.length} promises were kept.` : `\nBroken: ${broken.join(', ') || 'the demo itself'}.`,
  )
  return { isKept }
}
