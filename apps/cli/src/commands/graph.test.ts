import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { longhaul } from '../../test/longhaul.ts'

const dir = mkdtempSync(join(tmpdir(), 'longhaul-graph-'))
mkdirSync(join(dir, 'workflows'))
const write = (name: string, text: string) => writeFileSync(join(dir, 'workflows', name), text)
write('ship.yaml', 'description: Ships.\nsteps:\n  build: { tool: make }\n  ship: { needs: build, tool: send }\n')
write('bad.yaml', 'description: Is wrong.\nsteps:\n  a: { tol: make }\n')

test('a workflow is printed as a Mermaid flowchart', async () => {
  const run = longhaul(['graph', 'ship', dir])
  expect(await run.exited).toEqual({ code: 0, signal: null })
  expect(run.stdout).toBe(
    ['flowchart TD', '  s1["build<br/>tool make"]', '  s2["ship<br/>tool send"]', '  s1 --> s2', ''].join('\n'),
  )
})

test('of one that cannot be used its mistakes are said, with the place of each', async () => {
  const run = longhaul(['graph', 'bad', dir])
  expect(await run.exited).toEqual({ code: 1, signal: null })
  expect(run.stderr).toContain("longhaul: The project has no workflow 'bad'. There is ship.")
  expect(run.stderr).toContain("workflows/bad.yaml:3:8: error: 'tol' is not known here. Did you mean 'tool'?")
})
