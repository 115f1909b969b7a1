import type { ChildProcess } from 'node:child_process'

/** Lines kept of what a process says, for the message when it dies. */
const KEPT_LINES = 20

/** Returns a function that gives the last lines that `child` has printed so far. */
export function keepLastLines(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk)
        .split('\n')
        .slice(-KEPT_LINES - 1)
        .join('\n')
    })
  }
  return () => text.trim() || '(nothing)'
}
