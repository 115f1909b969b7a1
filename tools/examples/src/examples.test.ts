import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PLAYED } from './examples.ts'
import { researchTeam } from './research-team.ts'
import { runExample } from './run-example.ts'

const MINUTE_MS = 60_000

test.each(PLAYED)('$name comes to what its README says', { timeout: MINUTE_MS }, async (example) => {
  await runExample(example)
})

test('a script that calls once more is noticed', { timeout: MINUTE_MS }, async () => {
  const call = '{ tool: files__read_text_file, with: { path: winds.md } }'
  const twice = (folder: string) => {
    const file = join(folder, 'scripts/offline.yaml')
    const text = readFileSync(file, 'utf8')
    expect(text).toContain(`[${call}]`)
    writeFileSync(file, text.replace(`[${call}]`, `[${call}, ${call}]`))
  }
  await expect(runExample(researchTeam, twice)).rejects.toThrow('files__read_text_file')
})
