import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { spawnNode } from '@longhaul/testbed'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> }
/** What `npm run` offers that is ours, and its file. */
const TOOLS = Object.entries(scripts).flatMap(([name, command]) => {
  const file = /^node (tools\/\S+)$/.exec(command)?.[1]
  return file ? [{ name, file }] : []
})

async function run(file: string, { option, says }: { readonly option: string; readonly says: RegExp }) {
  const tool = spawnNode(`${ROOT}/${file}`, { args: [option] })
  await tool.ready(says)
  const { code } = await tool.exited
  return { code, output: tool.output }
}

test('there are tools', () => {
  expect(TOOLS.map(({ name }) => name)).toContain('chaos')
})

test.each(TOOLS)(
  'npm run $name does nothing when it does not know an option, and says in a line where to look',
  async ({ name, file }) => {
    const { code, output } = await run(file, { option: '--no-such', says: /--help/ })
    expect(output).toBe(`error: unknown option '--no-such' (npm run ${name} -- --help says more)`)
    expect(code).toBe(2)
  },
)

test('npm run bench says how it is used when asked', async () => {
  const { code, output } = await run('tools/bench/src/main.ts', {
    option: '--help',
    says: /--only <figures\.{3}> .*measure/,
  })
  expect(output).toContain('Usage: npm run bench -- [options]')
  expect(code).toBe(0)
})
