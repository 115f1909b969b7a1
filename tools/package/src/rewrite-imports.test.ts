import { expect, test } from 'vitest'
import { rewriteImports } from './rewrite-imports.ts'

const WORKSPACES = ['libs/task', 'apps/worker'].map((path) => ({
  path,
  name: `@longhaul/${path.split('/')[1]}`,
  version: '1.0.0',
  dependencies: {},
}))

test.each([
  ["import { a } from '@longhaul/task';", "import { a } from '../../../libs/task/src/index.js';"],
  ["const b = await import('@longhaul/worker')", "const b = await import('../../worker/src/index.js')"],
  ['export * from "@longhaul/task"', 'export * from "../../../libs/task/src/index.js"'],
  ["let a: import('@longhaul/task').Task", "let a: import('../../../libs/task/src/index.js').Task"],
  ["import { z } from 'zod'", "import { z } from 'zod'"],
  [
    'write("export default defineTool(…), from \'longhaul\'.")',
    'write("export default defineTool(…), from \'longhaul\'.")',
  ],
])('%s', (source, built) => {
  expect(rewriteImports(source, 'apps/cli/src/main.js', WORKSPACES)).toBe(built)
})
