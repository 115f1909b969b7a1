import { deepStrictEqual, doesNotMatch, match } from 'node:assert/strict'
import type { Example, Stage } from './example.ts'

const FILES = ['depth.js', 'tides.js', 'time.js']

export const codeMigration: Example = {
  name: 'code-migration',
  async play(stage) {
    const { terminal, read, calls, tree } = stage
    match((await terminal.longhaul('graph', 'migrate')).stdout, /^flowchart TD/)
    const texts = () => FILES.map((file) => read(`legacy/${file}`))
    const before = texts()

    const declined = await migrate(stage, 'deny', 2)
    deepStrictEqual(texts(), before, 'what was done is undone')

    const kept = await migrate(stage, 'approve', 0)
    for (const text of texts()) {
      match(text, /^export /m)
      doesNotMatch(text, /require|exports\./)
    }
    for (const task of [declined, kept])
      deepStrictEqual(await calls(task), { models: { migrator: 6 }, tools: { read_source: 3 } })
    const once = { migrate: 1, list_sources: 1, migrator: 3, replace_source: 3, check_sources: 1 }
    deepStrictEqual(countTools(await tree(kept)), once)
    deepStrictEqual(countTools(await tree(declined)), { ...once, 'undo:replace_source': 3 })
  },
}

/** Runs the workflow up to its question, and answers that. @returns the task */
async function migrate({ terminal }: Stage, decision: 'approve' | 'deny', exitCode: number): Promise<string> {
  const task = await terminal.lineOf(0, 'run', 'migrate', '--detach')
  await terminal.lineOf(4, 'result', task, '--wait')
  await terminal.lineOf(0, 'answer', task, '--decision', decision)
  await terminal.lineOf(exitCode, 'result', task, '--wait')
  return task
}

function countTools(tasks: readonly { readonly tool: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { tool } of tasks) counts[tool] = (counts[tool] ?? 0) + 1
  return counts
}
