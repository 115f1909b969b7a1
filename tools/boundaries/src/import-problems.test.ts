import { expect, test } from 'vitest'
import { importProblems } from './import-problems.ts'
import { readRepository, repositoryOf } from './repository.ts'

test('this repository imports what it may and what it declares', () => {
  expect(importProblems(readRepository())).toEqual([])
})

/** Two libs, a tool and one more file. The engine declares too much, so that only the rule can object. */
function withFile(path: string, text: string) {
  return repositoryOf({
    'package.json': '{ "name": "root", "devDependencies": { "vitest": "1" } }',
    'apps/cli/package.json': '{ "name": "longhaul", "dependencies": { "@longhaul/testbed": "*" } }',
    'libs/engine/package.json':
      '{ "name": "@longhaul/engine", "dependencies": { "@longhaul/store": "*", "ajv": "8" }, "devDependencies": { "@longhaul/testbed": "*", "fast-check": "4" } }',
    'libs/store/package.json': '{ "name": "@longhaul/store" }',
    'libs/task/package.json': '{ "name": "@longhaul/task" }',
    'tools/testbed/package.json': '{ "name": "@longhaul/testbed", "dependencies": { "@longhaul/store": "*" } }',
    [path]: text,
  })
}

test.each([
  [
    'an edge that is absent for a reason',
    'libs/engine/src/submit.ts',
    "import type { TaskStore } from '@longhaul/store'",
    'libs/engine/src/submit.ts:1: libs/engine must not import libs/store: the engine knows ports only, and its tests run in milliseconds',
  ],
  [
    'such an edge in a test',
    'libs/engine/src/submit.test.ts',
    "\nimport { openStore } from '@longhaul/store'",
    'libs/engine/src/submit.test.ts:2: libs/engine must not import libs/store: the engine knows ports only, and its tests run in milliseconds',
  ],
  [
    'an edge that no rule allows',
    'libs/task/src/task.ts',
    "export * from '@longhaul/engine'",
    'libs/task/src/task.ts:1: libs/task must not import libs/engine: it may import nothing',
  ],
  [
    'a tool in what is shipped',
    'apps/cli/src/main.ts',
    "await import('@longhaul/testbed')",
    'apps/cli/src/main.ts:1: apps/cli must not import tools/testbed: it may import libs/task, apps/coordinator, apps/stdio, apps/testing, apps/worker, libs/embedded, libs/project-files, libs/protocol, libs/queue, libs/runtime, libs/schema, libs/store, libs/workflow',
  ],
  [
    'a workspace that is not declared',
    'libs/engine/src/submit.ts',
    "import { isTerminal } from '@longhaul/task'",
    'libs/engine/src/submit.ts:1: @longhaul/task is imported but not in the dependencies of libs/engine/package.json',
  ],
  [
    'an npm package that is not declared',
    'libs/engine/src/submit.ts',
    "import { z } from 'zod/v4'",
    'libs/engine/src/submit.ts:1: zod is imported but not in the dependencies of libs/engine/package.json',
  ],
  [
    'a source that imports a devDependency',
    'libs/engine/src/submit.ts',
    "import fc from 'fast-check'",
    'libs/engine/src/submit.ts:1: fast-check is imported but not in the dependencies of libs/engine/package.json',
  ],
  [
    'a relative import that leaves its package',
    'libs/engine/src/submit.ts',
    "import { save } from '../../store/src/index.ts'",
    'libs/engine/src/submit.ts:1: ../../store/src/index.ts leaves libs/engine: import the package by its name',
  ],
])('objects to %s', (_what, path, text, problem) => {
  expect(importProblems(withFile(path, text))).toEqual([problem])
})

test.each([
  ['a declared package', 'libs/engine/src/submit.ts', "import Ajv from 'ajv/dist/2020.js'"],
  ['a module of Node', 'libs/engine/src/submit.ts', "import { join } from 'node:path'"],
  ['a file of the same package', 'libs/engine/src/a/submit.ts', "import { wake } from '../wake.ts'"],
  ['the package itself, by its name', 'libs/engine/src/submit.test.ts', "import { submit } from '@longhaul/engine'"],
  ['the testbed, in a test', 'libs/engine/src/submit.test.ts', "import { openStore } from '@longhaul/testbed'"],
  ['a devDependency of the root, in a test', 'libs/engine/src/submit.test.ts', "import { test } from 'vitest'"],
  ['a devDependency of the root, in a tool', 'tools/testbed/src/index.ts', "import { afterAll } from 'vitest'"],
  ['anything declared, in a tool', 'tools/testbed/src/index.ts', "import { openStore } from '@longhaul/store'"],
])('allows %s', (_what, path, text) => {
  expect(importProblems(withFile(path, text))).toEqual([])
})
