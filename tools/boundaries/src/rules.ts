/** Package folders (`libs/engine`) that the sources of one package may import, its own left out. */
export type ImportRules = Readonly<Record<string, readonly string[]>>

/** Who may import whom. An app or lib that is not a key here fails the test until somebody decides what it may import. */
export const MAY_IMPORT: ImportRules = {
  'libs/task': [],
  'libs/embedded': ['libs/task'],
  'libs/schema': ['libs/task'],
  'libs/store': ['libs/task'],
  'libs/queue': ['libs/task'],
  'libs/protocol': ['libs/task'],
  'libs/project-files': ['libs/task'],
  'libs/models': ['libs/task', 'libs/project-files'],
  'libs/engine': ['libs/task', 'libs/schema'],
  'libs/runtime': ['libs/task', 'libs/schema'],
  'libs/upstream': ['libs/task', 'libs/schema'],
  'libs/agent': ['libs/task', 'libs/runtime', 'libs/models', 'libs/project-files', 'libs/schema'],
  'libs/workflow': ['libs/task', 'libs/runtime', 'libs/agent', 'libs/project-files', 'libs/schema'],
  'apps/coordinator': ['libs/task', 'libs/engine', 'libs/store', 'libs/queue', 'libs/protocol'],
  'apps/stdio': ['libs/task', 'libs/protocol'],
  'apps/worker': [
    'libs/task',
    'libs/engine',
    'libs/store',
    'libs/queue',
    'libs/runtime',
    'libs/agent',
    'libs/models',
    'libs/project-files',
    'libs/upstream',
    'libs/workflow',
  ],
  'apps/testing': [
    'libs/task',
    'apps/worker',
    'libs/embedded',
    'libs/engine',
    'libs/models',
    'libs/queue',
    'libs/runtime',
    'libs/store',
  ],
  'apps/cli': [
    'libs/task',
    'apps/coordinator',
    'apps/stdio',
    'apps/testing',
    'apps/worker',
    'libs/embedded',
    'libs/project-files',
    'libs/protocol',
    'libs/queue',
    'libs/runtime',
    'libs/schema',
    'libs/store',
    'libs/workflow',
  ],
}

/** What users have: an example sees no more of the repository than somebody who installed the package. */
export const EXAMPLES_MAY_IMPORT: readonly string[] = ['apps/cli']

/** What the tests of an app or lib may import beside what its sources may: the sibling libs, and a real store. */
export const TESTS_MAY_IMPORT: readonly string[] = ['libs/', 'tools/testbed']

/** An edge that must never come about, in sources or in tests, and what its absence buys. */
export interface Absence {
  readonly from: string
  readonly to: string
  readonly because: string
}

export const ABSENCES: readonly Absence[] = [
  { from: 'apps/worker', to: 'libs/protocol', because: 'a new MCP revision must not touch the worker' },
  { from: 'apps/coordinator', to: 'libs/runtime', because: 'the coordinator must not be able to load user code' },
  { from: 'apps/coordinator', to: 'libs/agent', because: 'the coordinator must not be able to load user code' },
  { from: 'libs/engine', to: 'libs/store', because: 'the engine knows ports only, and its tests run in milliseconds' },
  { from: 'libs/engine', to: 'libs/queue', because: 'the engine knows ports only, and its tests run in milliseconds' },
]

/** Folders whose sources may name a revision of MCP: the wire, and how a coordinator serves each era of it. */
export const KNOWS_REVISIONS: readonly string[] = [
  'libs/protocol/',
  'apps/coordinator/src/legacy/',
  'apps/coordinator/src/modern/',
]

/** Names that say nothing about what is inside, and so attract everything. */
export const FORBIDDEN_NAMES: readonly string[] = ['util', 'utils', 'common', 'shared', 'helper', 'helpers']
