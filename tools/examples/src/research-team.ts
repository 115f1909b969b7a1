import { deepStrictEqual, match } from 'node:assert/strict'
import type { Example } from './example.ts'

export const researchTeam: Example = {
  name: 'research-team',
  async play({ terminal, files, read, calls }) {
    const question = 'When can a ship of 4 m draught enter the harbour?'
    const task = await terminal.lineOf(0, 'run', 'lead', '--prompt', question, '--detach')
    await terminal.lineOf(4, 'result', task, '--wait')
    deepStrictEqual(files('briefs'), [], 'nothing is published before somebody agrees')
    await terminal.lineOf(0, 'answer', task, '--decision', 'approve')
    match(await terminal.lineOf(0, 'result', task, '--wait'), /briefs\/harbour-entrance\.md/)

    deepStrictEqual(files('briefs'), ['harbour-entrance.md'])
    match(read('briefs/harbour-entrance.md'), /within two hours of high water/)
    deepStrictEqual(await calls(task), {
      models: { lead: 4, researcher: 6, writer: 1 },
      tools: { researcher: 3, writer: 1, publish_brief: 1, files__read_text_file: 3 },
    })
  },
}
