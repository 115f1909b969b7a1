import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '@longhaul/task'
import { type SpawnedNode, spawnNode } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentFile, toolFile, writeProject } from '../../test/project.ts'
import type { LoadOrder, LoadReport } from '../fixtures/project-loader.ts'

let loader: SpawnedNode
beforeAll(() => {
  loader = spawnNode(join(import.meta.dirname, '..', 'fixtures', 'project-loader.ts'))
})
afterAll(async () => {
  await loader.kill('SIGKILL')
})

function loadFolder(dir: string, options: Partial<LoadOrder> = {}): Promise<LoadReport> {
  loader.send({ dir, env: {}, ...options })
  return loader.ready((message): message is LoadReport => (message as LoadReport).dir === dir)
}
const load = (files: Readonly<Record<string, string>>, options: Partial<LoadOrder> = {}) =>
  loadFolder(writeProject(files), options)

test('finds tools, agents, workflows and servers, each file in order of its name', async () => {
  const second = toolFile('delta')
    .replace('export default', 'export const delta =')
    .replace(/^import.*$/m, '')
  const project = await load({
    'tools/b.ts': toolFile('beta'),
    'tools/a.js': toolFile('alpha'),
    'tools/c.mts': toolFile('gamma') + second,
    'tools/alpha.test.ts': 'throw new Error("not run")',
    'tools/types.d.ts': 'export type A = string',
    'tools/README.md': 'text',
    'agents/helper.md': agentFile('description: Helps.'),
    'workflows/b.yaml': 'name: beat\ndescription: d\nsteps: { a: { tool: alpha } }',
    'workflows/a.yml': 'description: d\nsteps: { a: { tool: alpha } }',
    'mcp.json': '{ "mcpServers": { "files": { "command": "npx", "args": ["files"] } } }',
  })
  expect(project).toEqual({
    dir: project.dir,
    tools: ['alpha', 'beta', 'gamma', 'delta'],
    versions: expect.anything(),
    agents: ['helper'],
    workflows: ['a', 'beat'],
    servers: ['files'],
    problems: [],
  })
})

describe('the version of a tool', () => {
  const HELPER = 'export const n = 1\n'
  const FILES = {
    'tools/a.ts': `import { n } from '../lib/helper.ts'\n${toolFile('alpha', 'return n')}`,
    'tools/b.ts': toolFile('beta'),
    'lib/helper.ts': `export * from './deep/more.ts'\n${HELPER}`,
    'lib/deep/more.ts': 'export const more = 1\n',
    'lib/unused.ts': 'export const unused = 1\n',
  }
  const versionsWith = async (changed: Readonly<Record<string, string>>) =>
    (await load({ ...FILES, ...changed })).versions

  test('is a hash of its file and of all files of the project that this imports, wherever the project is', async () => {
    const [first, again] = [await versionsWith({}), await versionsWith({ 'lib/unused.ts': '' })]
    expect(first.alpha).toMatch(/^[\w-]{12}$/)
    expect(again).toEqual(first)
    const deep = await versionsWith({ 'lib/deep/more.ts': 'export const more = 2\n' })
    expect(deep.alpha).not.toBe(first.alpha)
    expect(deep.beta).toBe(first.beta)
    expect((await versionsWith({ 'tools/a.ts': `${FILES['tools/a.ts']}//` })).alpha).not.toBe(first.alpha)
  })

  test('is what the tool says, else, and must be one', async () => {
    const said = (version: string) => toolFile('alpha', 'return 1', `version: '${version}',`)
    expect((await versionsWith({ 'tools/a.ts': said('2026.1+b') })).alpha).toBe('2026.1+b')
    const { problems } = await load({ 'tools/a.ts': said('a b') })
    expect(problems.join()).toContain("alpha.version is 'a b'; it must be 1 to 64 characters")
    const policy = await load({ 'tools/a.ts': toolFile('alpha', 'return 1', `onCodeChange: 'stop',`) })
    expect(policy.problems.join()).toContain("alpha.onCodeChange is 'stop'; it must be continue, ask or fail.")
  })
})

test('an empty project is one', async () => {
  expect(await load({})).toMatchObject({ tools: [], agents: [], servers: [], problems: [] })
})

test('a folder that is not there is none', async () => {
  expect((await loadFolder('/nowhere/at/all')).error).toBe(
    'There is no project folder /nowhere/at/all. Name the one that has mcp.json, agents/ or tools/ in it.',
  )
  const file = join(writeProject({ 'a.txt': '' }), 'a.txt')
  expect((await loadFolder(file)).error).toContain(`There is no project folder ${file}. `)
})

describe('a mistake costs only its own file, and is told with what to write:', () => {
  const good = { 'tools/good.ts': toolFile('good') }
  const NO_TOOL =
    "tools/x.ts: error: It exports no tool. Write: export default defineTool({ name, description, inputSchema, execute }), from 'longhaul'. A file that only helps others belongs outside of tools/."

  test.each([
    ['no tool in the file', 'export const helper = 1', NO_TOOL],
    ['a tool that was not made by defineTool', "export default { name: 'x', execute() {} }", NO_TOOL],
    [
      'a syntax error',
      'export const a = 1\nconst b = (\n',
      'tools/x.ts:2: error: It cannot be loaded: Expression expected.',
    ],
    [
      'TypeScript that is more than types',
      'export const a: number = 1\n\nenum B { C }\n',
      'tools/x.ts:3: error: It cannot be loaded: TypeScript enum is not supported in strip-only mode. Only the types are taken out of TypeScript, so what is more than a type has to be JavaScript.',
    ],
    ['an error while it runs', "\n\nthrow new Error('no\\nkey')", 'tools/x.ts:3: error: It cannot be loaded: no key.'],
    ['something else thrown', "throw 'no key'", 'tools/x.ts: error: It cannot be loaded: it threw no key.'],
    [
      'a package that is not there',
      "import { a } from 'longhaul'\nimport { b } from 'left-pad-9'\n",
      /^tools\/x\.ts:2: error: It cannot be loaded: Cannot find package 'left-pad-9' imported from .*\. Run npm install left-pad-9 in the project\.$/,
    ],
    [
      'a file that is not there',
      "import './nowhere.ts'",
      /^tools\/x\.ts: error: It cannot be loaded: Cannot find module '.*nowhere\.ts' imported from .*x\.ts\.$/,
    ],
    [
      'a name that cannot be',
      toolFile('not a name'),
      "tools/x.ts:3: error: It cannot be loaded: The tool name 'not a name' must be 1 to 128 characters of A-Z a-z 0-9 _ - and dot.",
    ],
    [
      'a schema that is none',
      toolFile('x').replace("type: 'object'", "type: 'text'"),
      /^tools\/x\.ts:3: error: It cannot be loaded: x\.inputSchema.*\.$/,
    ],
  ])('%s', async (_mistake, text, problem) => {
    const { tools, problems } = await load({ ...good, 'tools/x.ts': text })
    expect(tools).toEqual(['good'])
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
  })

  test('two tools of one name', async () => {
    const others = { 'tools/other.ts': toolFile('good'), 'agents/good.md': agentFile('description: Helps.') }
    expect(await load({ ...good, ...others })).toMatchObject({
      tools: ['good'],
      agents: [],
      problems: [
        "tools/other.ts: error: There is a tool 'good' in tools/good.ts already; give this one another name.",
        "agents/good.md: error: There is a tool 'good' in tools/good.ts already; give this one another name.",
      ],
    })
  })

  test('but a tool that is exported twice is no mistake', async () => {
    const index = "export * from './good.ts'\nexport { default, default as again } from './good.ts'"
    expect(await load({ ...good, 'tools/index.ts': index })).toMatchObject({ tools: ['good'], problems: [] })
  })

  test('an agent’s file', async () => {
    const agent = agentFile('description: Helps.\nmaxTurns: many')
    expect(await load({ ...good, 'agents/a.md': agent })).toMatchObject({
      tools: ['good'],
      agents: [],
      problems: [expect.stringMatching(/^agents\/a\.md:3: error: /)],
    })
  })

  test('mcp.json, and a variable that is not set', async () => {
    const lines = [
      '{ "mcpServers": {',
      `"a": { "command": "a", "env": { "KEY": "$${'{NO_KEY}'}" } },`,
      '"b": { "command": "b" } } }',
    ]
    const files = { ...good, 'mcp.json': lines.join('\n') }
    expect(await load(files)).toMatchObject({
      tools: ['good'],
      servers: ['b'],
      problems: [
        expect.stringMatching(/^mcp\.json:2: error: .*the variable NO_KEY is not set: set it in the environment/),
      ],
    })
    expect(await load(files, { env: { NO_KEY: 'set' } })).toMatchObject({ servers: ['a', 'b'], problems: [] })
    expect((await load({ 'mcp.json': '{\n "mcpServers": \n' })).problems).toEqual([
      expect.stringMatching(/^mcp\.json:3: error: this is not JSON: /),
    ])
  })

  test('two files of servers', async () => {
    const servers = (name: string) => `{ "mcpServers": { "${name}": { "command": "a" } } }`
    expect(await load({ '.mcp.json': servers('hidden'), 'mcp.json': servers('plain') })).toMatchObject({
      servers: ['plain'],
      problems: ['.mcp.json: warning: It is ignored, since there is mcp.json, too: move its servers there.'],
    })
    expect(await load({ '.mcp.json': servers('hidden') })).toMatchObject({ servers: ['hidden'], problems: [] })
  })

  test('what cannot be read', async () => {
    const dir = writeProject({ ...good, agents: 'no folder' })
    mkdirSync(join(dir, 'mcp.json'))
    expect(await loadFolder(dir)).toMatchObject({
      tools: ['good'],
      problems: ['agents: error: It cannot be read (ENOTDIR).', 'mcp.json: error: It cannot be read (EISDIR).'],
    })
  })

  test.skipIf(process.getuid?.() === 0)('what may not be read', async () => {
    const dir = writeProject({ 'mcp.json': '{}' })
    chmodSync(join(dir, 'mcp.json'), 0)
    expect((await loadFolder(dir)).problems).toEqual(['mcp.json: error: It cannot be read (EACCES).'])
  })
})

test('a file that never finishes loading does not hold up the others for ever', async () => {
  const files = { 'tools/x.ts': 'export {}\nawait new Promise(() => {})', 'tools/y.ts': toolFile('y') }
  expect(await load(files, { settings: { ...readSettings({}), codeLoadMs: 2000 } })).toMatchObject({
    tools: ['y'],
    problems: [
      'tools/x.ts: error: It was not loaded after 2000 ms (LONGHAUL_CODE_LOAD_MS): an await outside of functions goes on.',
    ],
  })
})
