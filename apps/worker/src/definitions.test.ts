import { join } from 'node:path'
import { parseAgentFile } from '@longhaul/agent'
import { defineTool } from '@longhaul/runtime'
import { formatProblem, readSettings } from '@longhaul/task'
import { connectUpstreams, type StdioServer } from '@longhaul/upstream'
import { parseWorkflowFile } from '@longhaul/workflow'
import { expect, onTestFinished, test } from 'vitest'
import { agentFile } from '../test/project.ts'
import { Definitions } from './definitions.ts'
import type { Models } from './models.ts'
import type { Project } from './project/project.ts'

const look = defineTool({
  name: 'look',
  description: 'Looks.',
  inputSchema: { type: 'object' },
  taskSupport: 'required',
  queue: 'slow',
  execute: () => 'seen',
})
const SERVER: StdioServer = {
  kind: 'stdio',
  name: 'plants',
  command: process.execPath,
  args: [join(import.meta.dirname, 'fixtures', 'growing-server.ts')],
  env: {},
  trusted: false,
  source: { file: '.mcp.json', line: 3 },
}

function agent(name: string, lines: string) {
  const parsed = parseAgentFile(agentFile(lines), `agents/${name}.md`)
  if (!parsed.agent) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return parsed.agent
}

const models: Models = {
  windowOf: () => undefined,
  choose: (name) => {
    if (name === 'nobody/nothing') throw new Error('There is no provider nobody.')
    return name === 'caller' ? 'caller' : () => Promise.reject(new Error('not called'))
  },
}

const REST = { servers: [], prices: {}, files: new Map<string, string>(), middleware: [], problems: [] }

async function define(changed: Partial<Project>) {
  const project: Project = { dir: '.', tools: [], agents: [], workflows: [], ...REST, ...changed }
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  const clientInfo = { name: 'test', version: '1' }
  const tasks = { ttlMs: 1000, pollMinMs: 50, pollMaxMs: 1000, patienceMs: 1000, askHoldMs: 1000 }
  const upstreams = connectUpstreams(project.servers, {
    log,
    clientInfo,
    dir: import.meta.dirname,
    timeoutMs: 5000,
    connectTimeoutMs: 5000,
    tasks,
  })
  onTestFinished(() => upstreams.close())
  await upstreams.settled
  const definitions = new Definitions(project, { upstreams, models, settings: readSettings({}) })
  return { upstreams, definitions, problems: () => definitions.problems.map(formatProblem) }
}

test('lists tools and agents, with what their callers must be able to do', async () => {
  const agents = [
    agent('own', 'description: Helps.\nmodel: openai/gpt'),
    agent('borrowed', 'description: Helps.\nmodel: caller'),
    agent('tooled', 'description: Helps.\nmodel: caller\ntools: look'),
  ]
  const { definitions, problems } = await define({ tools: [look], agents })
  expect(definitions.names).toEqual(['look', 'own', 'borrowed', 'tooled'])
  expect(
    definitions.catalog().map(({ name, queue, taskSupport, needs }) => ({ name, queue, taskSupport, needs })),
  ).toEqual([
    { name: 'look', queue: 'slow', taskSupport: 'required', needs: {} },
    { name: 'own', queue: 'default', taskSupport: 'optional', needs: {} },
    { name: 'borrowed', queue: 'default', taskSupport: 'optional', needs: { sampling: 'plain' } },
    { name: 'tooled', queue: 'default', taskSupport: 'optional', needs: { sampling: 'tools' } },
  ])
  expect(definitions.find('look')).toBe(look)
  expect(['nowhere', 'constructor', '__proto__'].map((name) => definitions.find(name))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(problems()).toEqual([])
})

test('a workflow is a tool, of agents too, that needs what its steps need, and is left out where it calls what is not there', async () => {
  const flow = (name: string, steps: string) =>
    parseWorkflowFile(`description: d\nsteps: { ${steps} }`, `workflows/${name}.yaml`, readSettings({})).workflow ?? []
  const workflows = [
    flow('both', 'a: { tool: look }, b: { agent: borrowed, with: { prompt: Go } }, c: { tool: plants__grow }'),
    flow(
      'led',
      'a: { agent: chief, with: { prompt: Go } }, b: { agent: borrowed, if: failure(), with: { prompt: Go } }',
    ),
    flow('lost', 'a: { tool: plants__grew }'),
  ].flat()
  const agents = [
    agent('borrowed', 'description: Helps.\nmodel: caller'),
    agent('chief', 'description: Helps.\nmodel: openai/gpt\ntools: [both]'),
  ]
  const { definitions, problems } = await define({ tools: [look], agents, workflows, servers: [SERVER] })
  expect(definitions.names).toEqual(['look', 'borrowed', 'chief', 'both', 'led'])
  expect(definitions.find('led')?.unpricedModels).toEqual(['openai/gpt'])
  expect(definitions.find('both')).toMatchObject({ queue: 'default', needs: { sampling: 'plain' } })
  expect(problems()).toEqual([
    "workflows/lost.yaml:2:15: error: The project has no tool 'plants__grew'. Did you mean 'plants__grow'?",
  ])
})

test('an agent whose model cannot be is left out, with the reason', async () => {
  const agents = [agent('lost', 'description: Helps.\nmodel: nobody/nothing'), agent('own', 'description: Helps.')]
  const { definitions, problems } = await define({ agents })
  expect(definitions.names).toEqual(['own'])
  expect(problems()).toEqual(['agents/lost.md: error: There is no provider nobody.'])
})

test('an agent has the tools of a server, new ones as soon as they are there, under the same definition', async () => {
  const agents = [agent('gardener', 'description: Helps.\ntools: ["plants__grow", "plants__grown"]')]
  const { upstreams, definitions, problems } = await define({ agents, servers: [SERVER] })
  expect(problems()).toEqual([
    expect.stringMatching(
      /^agents\/gardener\.md:3: warning: The glob 'plants__grown' matches no tool of the project\./,
    ),
  ])
  const [before] = definitions.catalog()
  const tool = definitions.find('gardener')

  const changed = new Promise<void>((resolve) => upstreams.onToolsChanged(resolve))
  await upstreams.tools()[0]?.call({}, { signal: new AbortController().signal })
  await changed

  expect(problems()).toEqual([])
  expect(definitions.find('gardener')).not.toBe(tool)
  expect(definitions.catalog()).toEqual([before])
})

test('a tool of a server that has the name of one of the project is left out', async () => {
  const tools = [defineTool({ ...look, name: 'plants__grow', execute: () => 'mine' })]
  const agents = [agent('gardener', 'description: Helps.\ntools: ["*"]')]
  const { problems } = await define({ tools, agents, servers: [SERVER] })
  expect(problems()).toEqual([
    ".mcp.json:3: warning: The tool 'plants__grow' of the server is left out, since the project has one of that name: rename that.",
  ])
})

test('a server that is not there is a problem as long as it is not', async () => {
  const { problems } = await define({ servers: [{ ...SERVER, command: '/nowhere/at/all' }] })
  expect(problems()).toEqual([expect.stringMatching(/^\.mcp\.json:3: error: the server "plants" is not available: /)])
})
