import { expect, test } from 'vitest'
import { objectionTo } from './edges.ts'
import { edgesOf, fetchNxEdges } from './nx-graph.ts'
import { type Package, packagesOf, readRepository } from './repository.ts'
import { ABSENCES, MAY_IMPORT } from './rules.ts'

const packages = packagesOf(readRepository())

test('this repository has only edges that the rules allow', () => {
  const edges = fetchNxEdges(packages)
  expect(edges).toContainEqual({ from: 'apps/worker', to: 'libs/task', inTests: false })
  expect(edges.map(objectionTo).filter((objection) => objection !== undefined)).toEqual([])
})

test('every app and lib has a line in the rules, and the rules name nothing else', () => {
  const shipped = packages.map(({ folder }) => folder).filter((folder) => /^(apps|libs)\//.test(folder))
  expect(Object.keys(MAY_IMPORT).sort()).toEqual(shipped.sort())
  const named = [...Object.values(MAY_IMPORT).flat(), ...ABSENCES.flatMap(({ from, to }) => [from, to])]
  expect(named.filter((folder) => !shipped.includes(folder))).toEqual([])
})

test('no rule allows an edge that is absent for a reason', () => {
  expect(ABSENCES.filter(({ from, to }) => MAY_IMPORT[from]?.includes(to))).toEqual([])
})

test('an edge of the graph that the rules forbid is reported', () => {
  const graph = {
    graph: {
      dependencies: {
        '@longhaul/worker': [
          { source: '@longhaul/worker', target: '@longhaul/protocol' },
          { source: '@longhaul/worker', target: 'npm:pino' },
        ],
        '@longhaul/store': [{ source: '@longhaul/store', target: '@longhaul/testbed' }],
      },
    },
  }
  const edges = edgesOf(graph, [
    workspace('apps/worker', '@longhaul/worker', ['@longhaul/protocol']),
    workspace('libs/protocol', '@longhaul/protocol'),
    workspace('libs/store', '@longhaul/store'),
    workspace('tools/testbed', '@longhaul/testbed'),
  ])
  expect(edges).toEqual([
    { from: 'apps/worker', to: 'libs/protocol', inTests: false },
    { from: 'libs/store', to: 'tools/testbed', inTests: true },
  ])
  expect(edges.map(objectionTo)).toEqual([
    'apps/worker must not import libs/protocol: a new MCP revision must not touch the worker',
    undefined,
  ])
})

test('a package without a line in the rules may not import', () => {
  expect(objectionTo({ from: 'libs/new', to: 'libs/task', inTests: false })).toBe(
    'libs/new has no line in tools/boundaries/src/rules.ts: say there what it may import',
  )
})

test('an example imports what users install, and nothing behind it', () => {
  expect(objectionTo({ from: 'examples/research', to: 'apps/cli', inTests: false })).toBeUndefined()
  expect(objectionTo({ from: 'examples/research', to: 'libs/runtime', inTests: false })).toBe(
    'examples/research must not import libs/runtime: it may import apps/cli',
  )
})

function workspace(folder: string, name: string, dependencies: readonly string[] = []): Package {
  return { folder, name, dependencies, devDependencies: [] }
}
